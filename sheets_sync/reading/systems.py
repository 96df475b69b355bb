"""Whose export a file is: known by its columns, its title, its name; a cabinet's file is of its platform."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

from sheets_sync.reading.words import plain, stem

#: Headers that are enough to know a program by.
_ENOUGH = 2
#: Parts the name of an archive from that of the file in it.
INSIDE = " / "


@dataclass(frozen=True)
class System:
    """A program or cabinet, and what says that an export is its own."""

    name: str
    title: tuple[str, ...]
    file: tuple[str, ...]
    columns: tuple[str, ...]
    platform: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    #: Whether an advance among its sums is the use of one.
    advances_are_used: bool = False


@dataclass(frozen=True)
class Place:
    """Where a table lies: its file, its sheet, the texts above its header."""

    file: str
    sheet: str = ""
    title: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.file

    def called(self, file: str) -> Place:
        """The same place by another name of its file; of an archive the file inside keeps its own."""
        return replace(self, file="".join((file, *self.file.partition(INSIDE)[1:])))


@cache
def systems() -> tuple[System, ...]:
    text = resources.files("sheets_sync.reading").joinpath("systems.toml").read_text("utf-8")
    return tuple(
        System(
            name=table["name"],
            title=tuple(table["title"]),
            file=tuple(table["file"]),
            columns=tuple(table["columns"]),
            platform=table.get("platform", ""),
            words=table.get("words", {}),
            advances_are_used=table.get("advances_are_used", False),
        )
        for table in tomllib.loads(text)["system"]
    )


def systems_of(place: Place, headers: Iterable[str]) -> list[tuple[System, str]]:
    """(system, what says so) of every system that a table may be of, the surest first.

    `headers` are plain headers. A title or a name of a file or sheet says it alone, columns where
    two of them are of one system alone.
    """
    there = set(headers)
    hits = {s.name: there & _plain(s.columns) for s in systems()}
    alone = {
        name: {h for h in own if sum(h in o for o in hits.values()) == 1}
        for name, own in hits.items()
    }
    guesses = []
    for system in systems():
        own = alone[system.name]
        if text := _says((*place.title, place.sheet), system.title) or _says(
            [place.sheet], system.file
        ):
            guesses.append((3.0, system, f"заголовок «{text}»"))
        elif text := _says((_words_of(place.file),), system.file):
            guesses.append((2.0, system, f"название файла: «{text}»"))
        elif len(own) >= _ENOUGH:
            guesses.append((1 + len(own) / 100, system, "столбцы, какие бывают только у неё"))
    guesses.sort(key=lambda item: -item[0])
    return [(system, why) for _, system, why in guesses]


@cache
def _plain(columns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(plain, columns))


def _says(texts: Iterable[str], phrases: Iterable[str]) -> str:
    """The first phrase that stands in a text as whole words, in any case."""
    joined = [f" {stem(text)} " for text in texts if text]
    return next((p for p in phrases for text in joined if f" {stem(p)} " in text), "")


def _words_of(file: str) -> str:
    """A file's name as words: letters and digits that stand together are parted."""
    out = ""
    for before, sign in zip(" " + file, file, strict=False):
        out += " " if before.isdigit() != sign.isdigit() and not before.isspace() else ""
        out += sign if sign.isalnum() else " "
    return f"{file.rpartition('.')[0] or file} {out}"


@cache
def platform_names() -> frozenset[str]:
    """Plain names of every platform."""
    return frozenset(
        plain(name) for s in systems() if s.platform for name in (s.platform, *s.title, *s.file)
    )
