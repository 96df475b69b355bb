"""The service: sources in, store, straight line, books out."""

__version__ = "0.1.0"
