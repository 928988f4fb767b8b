"""What a painted picture should be, in numbers."""
