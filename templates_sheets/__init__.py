"""The tabs: one declaration a file, and `TABS`, their order in the book."""
