"""The stages from pictures to a released hypernetwork."""
