"""Notes on how exports were read."""

from __future__ import annotations

#: How the one begins that tells what each column is.
UNDERSTOOD = "понято: "


def tells_columns(note: str) -> bool:
    """Whether a note tells what each column is: too long for a summary at a terminal."""
    return UNDERSTOOD in note
