"""What the cells of a column look like: the share that are dates, sums, phones, words of a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property, reduce

import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.cells import clean
from sheets_sync.reading.spelled import digits_of, with_year
from sheets_sync.reading.words import meaning, whole

#: Rows of a file that are looked at: enough to know a column, too few to cost anything.
SAMPLE = 300
#: Distinct words of a column that are looked up.
_WORDS = 60

#: Letters of Latin, Greek and Cyrillic: a class of every alphabet takes RE2 up to 15 ms to compile,
#: for each column again.
_LETTER = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u04ff]"
_MONTH = rf"\d{{1,2}}[ -]?{_LETTER}{{3,9}}\.?,?[ -]?\d{{4}}|{_LETTER}{{3,9}}\.? \d{{1,2}},? \d{{4}}"
#: What a day in words has, besides its digits.
_FIGURES = re.compile(r"\d{1,4}[.-]\d\d[.-]\d")
_WORDED = re.compile(r"\d[ ./-]?[^\W\d_]{3}")
#: Eight digits that are a day.
_WHOLE_DAY = r"(?:199\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DAY = rf"\d{{1,4}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})|{_MONTH}|{_WHOLE_DAY}(?:T?\d{{4,6}})?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
#: Kinds of cells, as expressions of RE2 over a clean cell.
KINDS = {
    "date": rf"^(?:{_LETTER}{{2,11}}\.?,? )?(?:{_CLOCK},? )?(?:{_DAY})(?:[ ,TгГ].*)?$",
    "timed": rf"(?:{_DAY}).*\d:\d{{2}}|\d{{5}}[.,]\d{{3,}}$|{_CLOCK},? (?:{_DAY})|{_WHOLE_DAY}T?\d{{4}}",
    "unix": r"^1[2-9]\d{8}(?:\d{3})?$",
    "serial": r"^[2-5]\d{4}(?:[.,]\d+)?$",
    "clock": rf"^(?:с )?(?:{_CLOCK}|\d{{1,2}}\.\d{{2}})(?:(?: ?[-–—−] ?| (?:до|по) )\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?)?(?: ?[AaPp][Mm])?(?:,? ?\(?\d{{1,3}} ?мин\.?\)?)?$",
    "sum": r"^[-−–(+]?\s?(?:[₽$€]|RUB|RUR|USD|EUR|KZT|BYN|GBP)?\s?(?:\d{1,3}(?:[ ',.]\d{3})+|\d+)(?:[.,]\d{1,6}|[-=]\d{2}|\s?(?:[Рр]уб\w*|[Рр])\.?\s\d{1,2}\s?коп\w*\.?)?\s?(?:[кКkK]|₽|[Рр]уб\.?|[Рр]\.?|(?:тыс|т)\.?\s?(?:[Рр]\w*\.?)?|RUB|USD|EUR|KZT|BYN|GBP|[$€₸£])?(?:\)\s?(?:₽|[Рр]уб\.?|[Рр]\.?)?)?-?(?:\s?(?:/|в)\s?мес\w*\.?)?$",
    "day_month": r"^(?:0?[1-9]|[12]\d|3[01])[./](?:0[1-9]|1[0-2])$",
    "short_day": r"^(?:0?[1-9]|[12]\d|3[01])[.,][1-9]$",
    "whole": r"^\d{1,12}$",
    "email": r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    "bank_card": r"^\d{4,6}[ *xXхХ•.…]{2,}\d{2,4}$|^(?:\d{4}[ *xXхХ•]+){3}\d{4}$",
    "shortened": r"^[+-]?\d(?:[.,]\d+)?[eE]\+?\d+$",
    "worded": rf"(?:^|[ ,.;:(]){_LETTER}{{5,}}(?:$|[ ,.;:)])",
    "numbered": r"(?i)карт|пациент|клиент|номер|код|№|\bid\b|\bиб\b|patient|client|card",
    "epoch": r"^(?:30\.12\.1899|31\.12\.1899|0?[01]\.01\.1900|1899-12-3[01]|1900-01-0[01])\b",
    "marked": r"(?i)utm_[a-z]{4,8}(?:=|%3D)|\byclid=\d",
    "letters": _LETTER,
}  # fmt: skip
#: No phone is so long without a sign: a ClientID, a yclid; nor begins as 1С's codes do: 00-00000017.
_NO_PHONE = r"^(?:\d{16,}|0+-0\d+)$"
_PHONE = r"^(?:[+]?\d{10,15}|[+]?[78]?[ (-]*\d[\d ()\-–.]{8,18}\d)(?:[,;/ ].*)?$"


class Look:
    """A column of the sample. Nothing of its cells leaves but shares and counts."""

    def __init__(self, cells: Sequence[str]) -> None:
        #: Every cell of the sample, "" where it is empty: one row of it is one row of the others'.
        self.text = clean(pa.array(cells, pa.string()))
        self.cells = self.text.filter(pc.not_equal(self.text, ""))
        self.filled = len(self.cells)
        self._shares: dict[str, float] = {}

    def share(self, kind: str) -> float:
        """How many of the filled cells are of a kind; 0 where none is filled."""
        if kind not in self._shares:
            matches = pc.match_substring_regex(self.cells, KINDS[kind])
            share = (pc.sum(matches).as_py() or 0) / self.filled if self.filled else 0.0
            self._shares[kind] = self._worded_days if kind == "date" and not share else share
        return self._shares[kind]

    @cached_property
    def _worded_days(self) -> float:
        """The share of days in words and no four digits of a year: `3-фев-26`, «вт, 3 фев»."""
        if not self.filled or not _WORDED.search(self.cells[0].as_py()):
            return 0.0
        days = {t: digits_of(t) or with_year(t, 2024) for t in self._counts}
        return sum(n for t, n in self._counts.items() if _FIGURES.match(days[t])) / self.filled

    def of(self, *kinds: str) -> pa.Array:
        """The filled cells that are of one of some kinds."""
        matches = [pc.match_substring_regex(self.cells, KINDS[kind]) for kind in kinds]
        return self.cells.filter(reduce(pc.or_, matches))

    @cached_property
    def phones(self) -> float:
        """The share that may be phones: ten digits or more, and no date."""
        digits = pc.utf8_length(pc.replace_substring_regex(self.cells, r"\D", ""))
        phones = pc.and_(pc.match_substring_regex(self.cells, _PHONE), pc.greater_equal(digits, 10))
        phones = pc.and_not(phones, pc.match_substring_regex(self.cells, _NO_PHONE))
        return (pc.sum(phones).as_py() or 0) / self.filled if self.filled else 0.0

    @cached_property
    def distinct(self) -> int:
        return int(pc.count_distinct(self.cells).as_py())

    def words(self, table: str) -> float:
        """The share of cells that a vocabulary knows; 0 where the column has too many words."""
        reads = whole if table == "payment_status" else meaning
        return self.share_of(lambda word: bool(reads(word, table)))

    def share_of(self, is_such: Callable[[str], bool]) -> float:
        """The share of cells whose words are such; 0 where the column has too many words."""
        counts = self._counts
        if not counts or len(counts) > _WORDS:
            return 0.0
        return sum(n for word, n in counts.items() if is_such(word)) / self.filled

    def most(self, is_such: Callable[[str], object]) -> bool:
        """Whether nearly all filled cells are such, however many they are."""
        good = sum(n for text, n in self._counts.items() if is_such(text))
        return self.filled > 0 and good >= 0.9 * self.filled

    @cached_property
    def _counts(self) -> dict[str, int]:
        return {c["values"]: c["counts"] for c in pc.value_counts(self.cells).to_pylist()}
