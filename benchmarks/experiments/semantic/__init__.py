"""The figures of Lu et al. 2017, region by region."""
