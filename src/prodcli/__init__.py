"""prodcli: run catalogs in, HTCondor jobs and true books out."""

__version__ = "0.1.0"
