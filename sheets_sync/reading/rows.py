"""Rows of texts to a conformed frame: every column by its kind, every refusal with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.calendar import DAY, MINUTE
from metrics.entity import EntityColumn
from metrics.schema import ENTITIES
from sheets_sync.privacy.keys import Keyring
from sheets_sync.reading import normalize
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.dates import Moments, clock_times
from sheets_sync.reading.days import moments, read_days
from sheets_sync.reading.finish import finish
from sheets_sync.reading.foreign import refuse_foreign
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.money import ROUBLE, Signs
from sheets_sync.reading.monthly import without_month
from sheets_sync.reading.numbering import Numbering
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.people import keys
from sheets_sync.reading.quarantine import stack
from sheets_sync.reading.reader import PullReading, Reader, series
from sheets_sync.reading.spelled import clock as spelled_clock
from sheets_sync.reading.spelled import zone_said
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.totals import Sums
from sheets_sync.reading.values import Bools, Ints, flags, has_text, map_cells, numbers, sums, truth

_UNREADABLE = "\ufffd"
_DURATIONS = {"talk_duration", "wait_duration"}
_DOUBTFUL = "не видно, тысячи это или дробь: допишите копейки двумя знаками"


def read_rows(
    grids: Sequence[Grid],
    origin: Origin,
    keyring: Keyring,
    zone: ZoneInfo,
    no_ids: Numbering = Numbering(),  # noqa: B008 (frozen)
) -> PullReading:
    """Read the rows of all files of a source at once. `no_ids` are numbers known to be no ids.
    Raises FileError for a column that cannot be read as a whole, as dates whose order is in doubt,
    SourceError for a wrong setting of the source.
    """
    reader = Reader(ENTITIES[origin.entity], stack(grids), origin, keyring, zone)
    reader.no_ids = no_ids
    _refuse_garbled(reader)
    texts = _columns(reader)
    finish(reader, texts)
    _name_rows(reader)
    return reader.result()


def _columns(reader: Reader) -> Texts:
    """Fill every column by its kind."""
    entity = reader.entity
    people = keys(reader.rows, reader.keyring, reader.origin.prefix("patient_id"))
    texts = Texts(entity, reader.rows, reader.origin, reader.keyring)
    for column in entity.columns:
        if column.name in {"person_key", "patient_key"}:
            ready = people.person if column.name == "person_key" else people.patient
            reader.columns[column.name] = series(ready)
        elif column.kind == "text" and column.name != "source":
            reader.columns[column.name] = series(texts.column(column.name))
        elif column.kind in _KINDS:
            _KINDS[column.kind](reader, column)
    if entity.column(entity.when).kind == "day":
        read_days(reader)
    reader.notes += [*texts.notes, *people.notes]
    return texts


def _refuse_garbled(reader: Reader) -> None:
    for name, text in reader.rows.columns.items():
        if has_byte(text, _UNREADABLE.encode()[:1]):  # its others begin nothing, end «н»
            bad = truth(pc.match_substring(text, _UNREADABLE))
            reader.quarantine.refuse(bad, name, "нечитаемый символ: файл повреждён в этом месте")


def _name_rows(reader: Reader) -> None:
    """What the origin says of every row."""
    key = reader.entity.key
    if reader.origin.has_ids and key:
        reader.quarantine.refuse((reader.columns[key] == "").to_numpy(), key, "нет номера")
    if reader.entity.name == "leads":
        reader.columns["role"] = series(pa.repeat(reader.origin.role, len(reader.rows)))


def _time(reader: Reader, column: EntityColumn) -> None:
    clock = reader.rows.columns.get("time") if column.name == reader.entity.when else None
    clock = map_cells(clock, spelled_clock) if clock is not None else None
    read = moments(reader, [column.name], [reader.rows.get(column.name)], clock)[0]
    read = _in_zones_said(reader, read, [column.name, *(["time"] if clock is not None else [])])
    reader.columns[column.name] = read.utc(reader.zone)
    if clock is not None:
        reader.quarantine.refuse(~clock_times(clock)[1], "time", "не понимаю время")
    if column.name != "answered_at":  # the text of an answer is an answer, too
        reader.settle(column, read.ok, "не понимаю дату")


def _in_zones_said(reader: Reader, read: Moments, names: list[str]) -> Moments:
    """Times of a column whose header names a zone; a day without a time is the clinic's."""
    for number, grid in enumerate(reader.rows.grids):
        east = zone_said(" ".join(grid.header.shown(name) for name in names))
        if east is not None:
            timed = read.ok & ~read.has_offset & (read.local % DAY != 0)
            timed &= reader.rows.file == number
            offset = np.where(timed, east * MINUTE, read.offset)
            read = replace(read, offset=offset, has_offset=read.has_offset | timed)
    return read


def _sum(reader: Reader, column: EntityColumn) -> None:
    text = reader.rows.get(column.name)
    if reader.entity.name == "costs":
        text = without_month(text)
    values, ok, doubtful, signs = _sums(reader, column.name, text)
    reader.columns[column.name] = _integers(values, ok)
    if column.required:
        refuse_foreign(reader, column.name, ok)
        reader.quarantine.refuse(doubtful, column.name, _DOUBTFUL)
    reader.settle(column, ok, "не понимаю сумму")
    if column.required:
        reader.sums = Sums(column.name, values, ok, signs)


def _sums(reader: Reader, name: str, text: pa.Array) -> tuple[Ints, Bools, Bools, Signs]:
    """A column of money, each file's in its own unit."""
    sizes = [grid.header.unit(name).kopecks for grid in reader.rows.grids]
    if len(set(sizes)) <= 1:
        return sums(text, sizes[0] if sizes else ROUBLE)
    parts = [
        sums(text.filter(pa.array(reader.rows.file == n)), size) for n, size in enumerate(sizes)
    ]
    values, ok, doubtful = (np.concatenate([p[i] for p in parts]) for i in range(3))
    return values, ok, doubtful, parts[0][3]


def _number(reader: Reader, column: EntityColumn) -> None:
    text = reader.rows.get(column.name)
    if column.name in _DURATIONS:
        values, ok = numbers(text, normalize.seconds)
        minutes = [grid.header.unit(column.name).seconds for grid in reader.rows.grids]
        bare = truth(pc.match_substring_regex(text, r"^\d+([.,]\d+)?$"))
        if max(minutes, default=1) > 1:
            size = np.array(minutes)[reader.rows.file]
            shown = pc.replace_substring(pc.if_else(pa.array(bare), text, "0"), ",", ".")
            exact = np.rint(pc.cast(shown, pa.float64()).to_numpy() * size).astype(np.int64)
            values = np.where(bare & (size > 1), exact, values)
    else:
        is_rating = column.name == "rating"
        values, ok = numbers(text, normalize.rating if is_rating else normalize.count)
    reader.columns[column.name] = _integers(values, ok)
    reader.settle(column, ok, "не понимаю число")


def _flag(reader: Reader, column: EntityColumn) -> None:
    text = reader.rows.get(column.name)
    values, ok = flags(text)
    if column.name == "vat_included":
        values, ok = _vat(reader, values, ok)
    reader.columns[column.name] = _integers(values, ok).astype("boolean")
    reader.settle(column, ok | ~has_text(text), "не понимаю да или нет")


def _vat(reader: Reader, values: Ints, ok: Bools) -> tuple[Ints, Bools]:
    """Where the column does not say, the header may: «Расход (с НДС)»."""
    for number, grid in enumerate(reader.rows.grids):
        vat = grid.header.vat("cost")
        if vat is not None:
            here = (reader.rows.file == number) & ~ok
            values, ok = np.where(here, int(vat), values), ok | here
    return values, ok


def _integers(values: Ints, ok: Bools) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(values, ~ok))


_KINDS: Mapping[str, Callable[[Reader, EntityColumn], None]] = {
    "time": _time,
    "kopecks": _sum,
    "count": _number,
    "flag": _flag,
}
