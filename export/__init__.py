"""From a StyleNet to a file that a mobile runtime takes."""
