"""What a clinic names by its kind ([[source]], [[notify]]): a kind is loaded when one is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class Kinds(Mapping[str, Any]):
    """Values by kind, each the `attribute` of its module.

    Most clinics have exports alone: live sources and messengers, with the HTTP client under them,
    take a seventh of the program's loading.
    """

    def __init__(self, modules: Mapping[str, str], attribute: str) -> None:
        self._modules = modules
        self._attribute = attribute

    def __getitem__(self, kind: str) -> Any:
        return getattr(import_module(self._modules[kind]), self._attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)
