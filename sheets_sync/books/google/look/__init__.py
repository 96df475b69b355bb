"""How a table looks, in requests: pure functions of its declaration."""
