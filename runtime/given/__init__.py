"""Networks that are given the statistics of their norms, as ``export-net --norm input`` makes
them."""
