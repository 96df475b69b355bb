"""Doubles that only tests use; those of the demo are in sheets_sync.doubles."""
