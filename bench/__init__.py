"""Measurements that one command repeats: `make bench`."""
