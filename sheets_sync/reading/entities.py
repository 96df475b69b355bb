"""What an entity may be called in a clinic's file."""

from __future__ import annotations

from metrics.schema import ENTITIES


def known_entity(entity: str) -> str:
    """The entity itself. Raises ValueError that names those there are."""
    if entity not in ENTITIES:
        raise ValueError(f"нужно одно из: {', '.join(ENTITIES)}; найдено «{entity[:40]}»")
    return entity
