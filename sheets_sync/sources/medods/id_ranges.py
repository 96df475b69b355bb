"""Many ids in few letters, for a pull's memory: a clinic's numbers mostly follow one another."""

from __future__ import annotations

from collections.abc import Iterable


def ranges_of(ids: Iterable[str]) -> str:
    """Ids without spaces in them, as text: "1..5 8 v7"."""
    texts = set(ids)
    numbers = sorted(int(text) for text in texts if _is_plain(text))
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = (f"{a}..{b}" if b > a else str(a) for a, b in ranges)
    return " ".join([*shown, *sorted(text for text in texts if not _is_plain(text))])


def ids_of(text: str) -> set[str]:
    """The ids again."""
    ids: set[str] = set()
    for part in text.split(" ") if text else ():
        first, dots, last = part.partition("..")
        if dots and _is_plain(first) and _is_plain(last):
            ids.update(map(str, range(int(first), int(last) + 1)))
        else:
            ids.add(part)
    return ids


def _is_plain(text: str) -> bool:
    """Whether a text is a number as `str` writes one: then a range gives it back."""
    return text.isdecimal() and text.isascii() and str(int(text)) == text
