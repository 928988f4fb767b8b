"""Networks of other methods than one look: patches of an artwork, regions of a photograph."""
