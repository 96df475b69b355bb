"""From conformed rows to `Facts`."""
