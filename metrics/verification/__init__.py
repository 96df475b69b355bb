"""The book against itself (definitions §21): its cells alone, and arithmetic of its own.

Nothing here imports the join, the measures or a report: what made a number must not check it.
"""
