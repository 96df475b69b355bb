"""Visits of the Logs API, streamed: TSV in pieces in, blocks of touches out, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sheets_sync.sources.metrica.tags import kept_campaign, kept_path, kept_tag
from sheets_sync.sources.source import Refusal

#: Bytes of TSV that are made into touches at once.
BLOCK = 2**20
#: A line longer than this is no visit.
_LONGEST_LINE = 64 * 2**20
_EXAMPLES = 100
_PLAIN = ("visitID", "date", "dateTime", "clientID", "startURL", "goalsID", "endURL")
_ATTRIBUTED = (
    "TrafficSource",
    "AdvEngine",
    "SearchEngineRoot",
    "SocialNetwork",
    "ReferalSource",
    "UTMSource",
    "UTMMedium",
    "UTMCampaign",
    "UTMContent",
    "UTMTerm",
    "DirectClickOrder",
)
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_ENGINES = {"organic": "SearchEngineRoot", "social": "SocialNetwork", "referral": "ReferalSource"}
#: What a touch is made of, in this order; all text but `at`, microseconds UTC.
SCHEMA = pa.schema(
    [("touch_id", pa.large_string()), ("at", pa.timestamp("us", "UTC"))]
    + [
        (name, pa.large_string())
        for name in (
            *("ym_client_id", "traffic_source", "source_engine", "adv_engine"),
            *_UTM,
            *("yclid", "goals", "landing_path", "end_path"),
        )
    ]
)
#: A page's path, without scheme, host and query.
_PATH = r"^(?:[A-Za-z][\w+.\-]*:)?(?://[^/?#]*)?(?P<found>[^?#]*)"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000


#: A touch is its own visit's: any other model would tell the source of an earlier one, and every
#: model of the reports would be built on that (definitions-2, change 4).
ATTRIBUTION = "last"
FIELDS = (
    *(f"ym:s:{name}" for name in _PLAIN),
    *(f"ym:s:{ATTRIBUTION}{name}" for name in _ATTRIBUTED),
)


class UnreadableLog(Exception):  # noqa: N818 (says what it is)
    """Raised where nothing of a part can be understood; its words hold no cell of it."""


@dataclass
class VisitLog:
    """Reads the parts of one log. `read` counts lines, refused ones included."""

    zone: ZoneInfo
    read: int = 0
    refused_count: int = 0
    refused: list[Refusal] = field(default_factory=list)
    _line: int = 0

    def touches(self, pieces: Iterable[bytes], part: str) -> Iterator[pa.Table]:
        """Blocks of SCHEMA from one part's TSV, which begins with a header of its own.

        Pages lose their query here: only the path and yclid are kept of them. A line with
        another number of cells, without an id or a time is refused and counted. Raises UnreadableLog
        where the header lacks a field or the lines are no TSV.
        """
        header: list[str] | None = None
        self._line = 2
        for block in _blocks(pieces):
            body = block
            if header is None:
                first, _, body = block.partition(b"\n")
                header = _our_names(first.decode("utf-8-sig", "replace").rstrip("\r").split("\t"))
            if body:
                yield self._touches(body, header, part)

    def _touches(self, body: bytes, header: list[str], part: str) -> pa.Table:
        table, wrong = _table(body, header)
        line = self._line
        self._line += len(table) + len(wrong)
        self.read += len(table) + len(wrong)
        for row in wrong:
            reason = f"ячеек {row.actual_columns}, нужно {row.expected_columns}"
            self._refuse(part, line + row.number - 1, "", reason)
        lines = np.delete(np.arange(line, self._line), [row.number - 1 for row in wrong])
        cells = {name: _text(table[name].combine_chunks()) for name in table.column_names}
        at, good = _times(cells, self.zone)
        for row in np.flatnonzero(~good):
            self._refuse(part, int(lines[row]), "visitID, dateTime", "нет номера или времени")
        return _made(cells, at).filter(pa.array(good))

    def _refuse(self, part: str, line: int, column: str, reason: str) -> None:
        self.refused_count += 1
        if len(self.refused) < _EXAMPLES:
            self.refused.append(Refusal(part, line, column, "", reason))


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes cut behind a line's end, about BLOCK long."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK and b"\n" in piece:
            whole = b"".join(held)
            end = whole.rindex(b"\n") + 1
            yield whole[:end]
            held, size = [whole[end:]], len(whole) - end
        elif size > _LONGEST_LINE:
            raise UnreadableLog("строка длиннее 64 МБ")
    rest = b"".join(held)
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def _table(body: bytes, header: list[str]) -> tuple[pa.Table, list[Any]]:
    """Cells as bytes, and what pyarrow says of each line with another number of them."""
    wrong: list[Any] = []

    def refuse(row: Any) -> str:
        wrong.append(row)
        return "skip"

    try:
        table = csv.read_csv(
            pa.py_buffer(body),
            csv.ReadOptions(column_names=header, block_size=len(body) + 1, use_threads=False),
            csv.ParseOptions(
                delimiter="\t",
                quote_char=False,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.binary()),
                include_columns=[name for name in header if name[0] != "?"],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        # Its words would hold a line, and a line holds a page's address.
        table = None
    if table is None:
        raise UnreadableLog("строки не похожи на TSV")
    return table, wrong


def _our_names(header: list[str]) -> list[str]:
    """Our names of the header's fields, whatever attribution stands in them; "?" for others."""
    names = {name.casefold(): name for name in (*_PLAIN, *_ATTRIBUTED)}
    by_end = re.compile(
        rf"ym:s:.*?({'|'.join(sorted(names, key=len, reverse=True))})", re.IGNORECASE
    )
    matches = [by_end.fullmatch(h) for h in header]
    fields = [names[f[1].casefold()] if f else f"?{n}" for n, f in enumerate(matches)]
    missing = [n for n in (*_PLAIN, *_ATTRIBUTED) if fields.count(n) != 1]
    if missing:
        raise UnreadableLog(f"нет полей {', '.join(missing)}")
    return fields


def _text(values: Any) -> Any:
    """UTF-8 text with ClickHouse's escapes undone; bytes that are no UTF-8 become U+FFFD."""
    try:
        text = values.cast(pa.large_string())
    except pa.ArrowInvalid:
        text = pa.array(
            [v.decode("utf-8", "replace") for v in values.to_pylist()], pa.large_string()
        )
    escaped = pc.match_substring(text, "\\")
    if not pc.any(escaped).as_py():
        return text
    plain = [_unescaped(v) for v in text.filter(escaped).to_pylist()]
    return pc.replace_with_mask(text, escaped, pa.array(plain, pa.large_string()))


_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda e: _ESCAPES.get(e[1], e[1]), text, flags=re.DOTALL)


def _times(cells: dict[str, Any], zone: ZoneInfo) -> tuple[Any, Any]:
    """Microseconds UTC of each visit, and whether it has an id and a time at all."""
    local = pc.strptime(
        cells["dateTime"], format="%Y-%m-%d %H:%M:%S", unit="us", error_is_null=True
    )
    good = pc.and_(
        pc.match_substring_regex(cells["visitID"], r"^\d{1,20}$"),
        pc.and_(pc.is_valid(local), pc.match_substring_regex(cells["date"], r"^\d{4}-\d\d-\d\d$")),
    )
    micros = pc.fill_null(local, 0).cast(pa.int64()).to_numpy(zero_copy_only=False)
    # A zone's offset changes on the hour: ask it of each hour once, not of each visit.
    hours, at = np.unique(micros // _HOUR, return_inverse=True)
    offsets = np.array([_offset(int(h), zone) for h in hours], dtype=np.int64)
    return micros - offsets[at], good.to_numpy(zero_copy_only=False)


@lru_cache(maxsize=100_000)
def _offset(hour: int, zone: ZoneInfo) -> int:
    """Microseconds to take off the wall clock's time; a time that is there twice is the first."""
    wall = (_EPOCH + timedelta(hours=hour)).replace(tzinfo=zone)
    offset = wall.utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _made(cells: dict[str, Any], at: Any) -> pa.Table:
    client = cells["clientID"]
    url = cells["startURL"]
    campaign, order = cells["UTMCampaign"], cells["DirectClickOrder"]
    by_order = pc.and_(pc.equal(campaign, ""), pc.match_substring_regex(order, r"^0*[1-9]\d*$"))
    tags = [cells[n] for n in ("UTMSource", "UTMMedium")]
    tags += [pc.if_else(by_order, order, campaign), cells["UTMContent"], cells["UTMTerm"]]
    columns = [
        pc.binary_join_element_wise(cells["date"], cells["visitID"], _word(":")),
        pa.array(at, pa.timestamp("us", "UTC")),
        pc.if_else(pc.equal(client, "0"), _word(""), client),
        cells["TrafficSource"],
        _engine(cells),
        cells["AdvEngine"],
        *(
            _each(tag, kept_campaign if name == "utm_campaign" else kept_tag)
            for name, tag in zip(_UTM, tags, strict=True)
        ),
        _caught(url, r"[?&](?:amp;)?yclid=(?P<found>\d{1,20})(?:[&#]|$)"),
        pc.replace_substring_regex(cells["goalsID"], r"[^\d,]", ""),
        _each(_caught(url, _PATH), kept_path),
        _each(_caught(cells["endURL"], _PATH), kept_path),
    ]  # fmt: skip
    return pa.table(columns, schema=SCHEMA)


def _engine(cells: dict[str, Any]) -> Any:
    """`organic.yandex` and so on, as the reports call it; "" where a log does not tell."""
    source = cells["TrafficSource"]
    engine: Any = pa.repeat(_word(""), len(source))
    for kind, name in _ENGINES.items():
        what = _caught(cells[name], r"^(?:\w+://)?(?:www\.)?(?P<found>[^/?#]*)")
        has_word = pc.and_(pc.equal(source, kind), pc.not_equal(what, ""))
        engine = pc.if_else(
            has_word, pc.binary_join_element_wise(_word(kind), what, _word(".")), engine
        )
    return engine


def _word(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def _caught(text: Any, pattern: str) -> Any:
    """What the group `found` catches, "" where the pattern is not there."""
    return pc.fill_null(pc.struct_field(pc.extract_regex(text, pattern), "found"), "")


def _each(text: Any, kept: Callable[[str], str]) -> Any:
    """`kept` of each value, asked once of each that differs."""
    coded = text.dictionary_encode()
    words = [kept(word) for word in coded.dictionary.to_pylist()]
    return pa.array(words, pa.large_string()).take(coded.indices)
