"""How a run says how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told what is going on: a stage in Russian and the share of the whole run, 0..1."""

    def __call__(self, stage: str, share: float) -> None: ...


def silent(stage: str, share: float) -> None:
    """Say nothing."""
