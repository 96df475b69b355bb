"""Records of a service to texts that the reader of exports understands without a doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from metrics.schema import ENTITIES, empty
from sheets_sync.privacy.keys import Keyring
from sheets_sync.reading.deeds import Deeds
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.headers import Header
from sheets_sync.reading.numbering import Numbering
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.quarantine import Quarantine, stack
from sheets_sync.reading.reader import PullReading
from sheets_sync.reading.rows import read_rows
from sheets_sync.reading.systems import Place
from sheets_sync.reading.words import nothing

#: Columns of a record that become keys and are nowhere after.
PERSONAL = ("phone", "email", "patient_id")
_YES = frozenset({"1", "true", "y", "yes", "да"})
_NO = frozenset({"0", "false", "n", "no", "нет"})


def conform_records(
    records: Sequence[Mapping[str, Any]],
    origin: Origin,
    keyring: Keyring,
    zone: ZoneInfo,
    where: str,
) -> PullReading:
    """A frame of records that hold values of our columns as a service gave them.

    Times may be aware datetimes, dates, ISO texts (naive ones are the zone's); money Decimals,
    integers or texts in roubles; flags booleans, 0 and 1, "Y" and "N". A value that is none of that
    is left for the reader to refuse or to empty. `where` is how refusals call the place.
    """
    if not records:
        return _none(origin.entity)
    kinds = {c.name: c.kind for c in ENTITIES[origin.entity].columns if c.name != "source"}
    kinds |= dict.fromkeys(PERSONAL, "text")
    names = tuple(n for n in kinds if any(n in record for record in records))
    columns = {
        name: pa.array(
            [text(record.get(name), kinds[name], zone) for record in records], pa.string()
        )
        for name in names
    }
    if origin.entity == "calls" and "call_direction" not in columns:
        names, columns["call_direction"] = (*names, "call_direction"), pa.repeat("in", len(records))
    header = Header(0, names, {name: (place,) for place, name in enumerate(names)}, {})
    grid = Grid(
        where, Place(where), header, columns, np.arange(1, len(records) + 1, dtype=np.int64)
    )
    read = read_rows([grid], replace(origin, has_ids=True), keyring, zone)
    if "file" not in read.frame:
        return read
    # A service has no files: its costs never give way to a later file's as an older export would.
    none = pd.Series("", index=read.frame.index, dtype="str")
    return replace(read, frame=read.frame.assign(file=none))


@cache
def _none(entity: str) -> PullReading:
    """What no record gives: most windows of a quiet service are empty."""
    grid = Grid("", Place(""), Header(0, (), {}, {}), {}, np.arange(0))
    nobody = Quarantine(stack([grid]))
    return PullReading(empty(entity), nobody, (), Numbering(), Deeds(0, 0, 0, 0))


def text(value: Any, kind: str, zone: ZoneInfo) -> str:
    """One value as the text that the reader of exports takes for it, "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, str):
        # Half of an emoji, which some services cut in two, no table can keep.
        value = " ".join(value.split()).encode("utf-8", "replace").decode()
        if value.casefold() in nothing():
            return ""
    read = {"time": _time, "day": _day, "kopecks": _money, "flag": _flag, "count": _count}.get(kind)
    if read is None:
        return _plain(value)
    return read(value, zone) if value != "" else ""


def _plain(value: Any) -> str:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    return str(value)


def _time(value: Any, zone: ZoneInfo) -> str:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(moment, datetime):
        return str(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC).isoformat()


def _day(value: Any, _zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)[:10]


def _money(value: Any, _zone: ZoneInfo) -> str:
    """Roubles with exactly two decimals, half to even: no sign of it can be in doubt."""
    try:
        roubles = Decimal(str(value).replace(",", "."))
        return str(roubles.quantize(Decimal("0.01"), ROUND_HALF_EVEN))
    except InvalidOperation:
        return str(value)


def _flag(value: Any, _zone: ZoneInfo) -> str:
    word = str(value).casefold()
    return "да" if word in _YES else "нет" if word in _NO else word


def is_yes(value: Any) -> bool | None:
    """A flag of a service, be it a boolean, 0 and 1, "True" or "N"; None where it is none of that."""
    word = str(value).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def _count(value: Any, _zone: ZoneInfo) -> str:
    try:
        return str(int(Decimal(str(value))))
    except (InvalidOperation, ValueError, OverflowError):
        return str(value)
