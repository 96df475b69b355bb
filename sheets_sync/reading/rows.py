"""Rows of texts to a conformed frame: every column by its kind, every refusal with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES, Column, Entity, conform
from sheets_sync.errors import FileError, SourceError
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import mask
from sheets_sync.reading import normalize
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.dates import (
    DateOrderError,
    Moments,
    Order,
    clock_times,
    date_order,
    moments,
)
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.headers import says_vat
from sheets_sync.reading.ids import with_ids
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.people import keys
from sheets_sync.reading.periods import period
from sheets_sync.reading.quarantine import Quarantine, Rows, stack
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.totals import Sums, check_totals
from sheets_sync.reading.values import Bools, Ints, distinct, given, mapped, numbers, sums, truth
from sheets_sync.reading.words import vocabulary, word

_UNREADABLE = "\ufffd"
_DURATIONS = {"talk_duration", "wait_duration"}


@dataclass(frozen=True)
class Conformed:
    """What the rows of a pull gave: a frame by metrics.schema, the refused rows, and notes."""

    frame: pd.DataFrame
    quarantine: Quarantine
    notes: tuple[str, ...]


def conformed(grids: Sequence[Grid], origin: Origin, keyring: Keyring, zone: ZoneInfo) -> Conformed:
    """Read the rows of all files of a source at once.

    Raises FileError for a column that cannot be read as a whole (dates whose order is in doubt,
    ids that a spreadsheet has shortened), SourceError for a wrong setting of the source.
    """
    return _Reader(ENTITIES[origin.entity], stack(grids), origin, keyring, zone).read()


class _Reader:
    """One pull on its way: columns that are ready, rows that are refused, notes."""

    def __init__(
        self, entity: Entity, rows: Rows, origin: Origin, keyring: Keyring, zone: ZoneInfo
    ) -> None:
        self.entity, self.rows, self.zone = entity, rows, zone
        self.origin, self.keyring = origin, keyring
        self.order = _order(origin.date_format)
        self.quarantine = Quarantine(rows)
        self.notes: list[str] = []
        self.sums: Sums | None = None
        self.columns: dict[str, pd.Series] = {
            "source": _series(pa.repeat(origin.source, len(rows)))
        }

    def read(self) -> Conformed:
        self._refuse_garbled()
        people = keys(self.rows, self.keyring, self.origin.prefix("patient_id"))
        texts = Texts(self.entity, self.rows, self.origin, self.keyring)
        for column in self.entity.columns:
            if column.name in {"person_key", "patient_key"}:
                ready = people.person if column.name == "person_key" else people.patient
                self.columns[column.name] = _series(ready)
            elif column.kind == "text" and column.name != "source":
                self.columns[column.name] = _series(texts.column(column.name))
            elif column.kind == "time":
                self._time(column)
            elif column.kind == "kopecks":
                self._sum(column)
            elif column.kind == "count":
                read = normalize.seconds if column.name in _DURATIONS else normalize.count
                self._number(column, read)
            elif column.kind == "flag":
                self._flag(column)
        if self.entity.name in {"costs", "traffic"}:
            self._days()
        self.notes += [*texts.notes, *people.notes]
        self._finish_entity()
        return self._result()

    def _refuse_garbled(self) -> None:
        for name, text in self.rows.columns.items():
            if has_byte(text, _UNREADABLE.encode()):
                found = truth(pc.match_substring(text, _UNREADABLE))
                self.quarantine.refuse(
                    found, name, "нечитаемый символ: файл повреждён в этом месте"
                )

    def _time(self, column: Column) -> None:
        clock = self.rows.columns.get("time") if column.name == self.entity.when else None
        read = self._moments([column.name], [self.rows.get(column.name)], clock)[0]
        self.columns[column.name] = read.utc(self.zone)
        if clock is not None:
            self.quarantine.refuse(~clock_times(clock)[1], "time", "не понимаю время")
        self._settle(column, read.ok, "не понимаю дату")

    def _days(self) -> None:
        """The day or days of rows that have no moment; a cell may hold a whole period."""
        when = self.entity.when
        first = self.rows.get(when)
        names, texts = [when], [first]
        if self.entity.name == "costs":
            ends = {t: period(t) for t in distinct(first)}
            last = mapped(first, lambda t: ends[t][1])
            own = self.rows.get("date_to")
            names.append("date_to")
            texts = [mapped(first, lambda t: ends[t][0]), pc.if_else(pc.equal(own, ""), last, own)]
        read = self._moments(names, texts, None)
        self.columns[when] = read[0].days()
        self._settle(self.entity.column(when), read[0].ok, "не понимаю дату")
        if self.entity.name == "costs":
            self._period_ends(texts[1], read[1])

    def _period_ends(self, text: pa.Array, read: Moments) -> None:
        lasts = read.days().where(given(text), self.columns["date_from"])
        self.columns["date_to"] = lasts
        early = (lasts < self.columns["date_from"]).to_numpy(dtype=bool)
        # The end stands in a column of its own or, with the beginning, in one cell.
        own = given(self.rows.get("date_to"))
        for name, here in (("date_to", own), (self.entity.when, ~own)):
            unread = given(text) & ~read.ok & here
            self.quarantine.refuse(unread, name, "не понимаю дату конца периода")
            self.quarantine.refuse(early & here, name, "период кончается раньше, чем начинается")

    def _moments(
        self, names: list[str], texts: list[pa.Array], clock: pa.Array | None
    ) -> list[Moments]:
        """Columns of dates read together: they share one order of day and month."""
        count = len(self.rows)
        try:
            read = moments(pa.concat_arrays(texts), self.order, clock)
        except DateOrderError as error:
            row, name = error.rows[0] % count, names[error.rows[0] // count]
            shown = ", ".join(
                f"строка {self.rows.numbers[r % count]}: {mask(self.rows.get(names[r // count])[r % count].as_py())}"
                for r in error.rows
            )
            raise FileError(
                f"столбец «{self.rows.header(row, name)}»: {error.found} ({shown}).",
                where=self.rows.where(row),
                hint="Напишите порядок в файле клиники под этим [[source]]: "
                'date_format = "дд/мм/гггг" или "мм/дд/гггг".',
            ) from error
        return [read.part(i * count, (i + 1) * count) for i in range(len(texts))]

    def _sum(self, column: Column) -> None:
        text = self.rows.get(column.name)
        values, ok, doubtful, signs = sums(text)
        self.columns[column.name] = _integers(values, ok)
        if column.required:
            reason = "не видно, тысячи это или дробь: допишите копейки двумя знаками"
            self.quarantine.refuse(doubtful, column.name, reason)
        self._settle(column, ok, "не понимаю сумму")
        if column.required:
            self.sums = Sums(column.name, values, ok, signs)

    def _number(self, column: Column, read: Callable[[str], int | None]) -> None:
        values, ok = numbers(self.rows.get(column.name), read)
        self.columns[column.name] = _integers(values, ok)
        self._settle(column, ok, "не понимаю число")

    def _flag(self, column: Column) -> None:
        words = vocabulary("flag")
        text = self.rows.get(column.name)
        meant = {"yes": 1, "no": 0}
        values, ok = numbers(text, lambda t: meant.get(word(t, words)))
        if column.name == "vat_included":
            values, ok = self._vat(values, ok)
        self.columns[column.name] = _integers(values, ok).astype("boolean")
        self._settle(column, ok | ~given(text), "не понимаю да или нет")

    def _vat(self, values: Ints, ok: Bools) -> tuple[Ints, Bools]:
        """Where the column does not say, the header may: «Расход (с НДС)»."""
        for number, grid in enumerate(self.rows.grids):
            places = grid.header.columns.get("cost", ())
            said = says_vat(grid.header.names[places[0]]) if places else None
            if said is not None:
                here = (self.rows.file == number) & ~ok
                values, ok = np.where(here, int(said), values), ok | here
        return values, ok

    def _settle(self, column: Column, ok: Bools, reason: str) -> None:
        """Refuse rows whose required cell is empty or unreadable; count other unreadable cells."""
        there = given(self.rows.get(column.name))
        if column.required:
            self.quarantine.refuse(~there, column.name, "пусто")
            self.quarantine.refuse(~ok, column.name, reason)
        elif lost := int((there & ~ok).sum()):
            header = self.rows.header(int(np.argmax(there & ~ok)), column.name)
            self.notes.append(
                f"Столбец «{header}»: {reason}; таких ячеек {lost}, они оставлены пустыми."
            )

    def _finish_entity(self) -> None:
        """What one entity alone needs."""
        name, columns = self.entity.name, self.columns
        if self.origin.has_ids and self.entity.key:
            key = self.entity.key
            self.quarantine.refuse((columns[key] == "").to_numpy(), key, "нет номера")
        if name == "leads":
            columns["role"] = _series(pa.repeat(self.origin.role, len(self.rows)))
        if name == "appointments":
            self.quarantine.refuse(
                (columns["status"] == "").to_numpy() & given(self.rows.get("status")), "status",
                'неизвестный статус: объясните его в [source.statuses], например "слово" = "arrived"',
            )  # fmt: skip
            self.quarantine.refuse((columns["status"] == "").to_numpy(), "status", "пусто")
        if name == "payments":
            columns["kind"] = columns["kind"].where(columns["kind"] != "", "payment")
        if name in {"appointments", "payments"}:
            self._require_one(
                "patient_key",
                "person_key",
                "нет ни номера пациента, ни верного телефона или e-mail",
            )
        if name == "calls" and (outgoing := int((columns["call_direction"] == "out").sum())):
            self.notes.append(f"Исходящих звонков: {outgoing}; они не учитываются.")
        if name == "touches":
            self._require_one("ym_client_id", "person_key", "нет ни ClientID, ни верного телефона")
        if name == "costs":
            columns["platform"] = columns["platform"].where(
                columns["platform"] != "", columns["utm_source"]
            )
            self.quarantine.refuse((columns["platform"] == "").to_numpy(), "platform", "пусто")

    def _require_one(self, one: str, other: str, reason: str) -> None:
        neither = (self.columns[one] == "") & (self.columns[other] == "")
        known = next(
            (n for n in ("patient_id", "phone", "email", one) if n in self.rows.columns), one
        )
        self.quarantine.refuse(neither.to_numpy(), known, reason)

    def _result(self) -> Conformed:
        keep = ~self.quarantine.refused
        if self.sums:
            self.notes += check_totals(self.rows, self.sums, self.quarantine.refused)
        frame = pd.DataFrame(self.columns)[self.entity.names][keep]
        if self.entity.key:
            names = [grid.where for grid in self.rows.grids]
            frame, notes = with_ids(self.entity, frame, self.rows.file[keep], names)
            self.notes += notes
            if self.entity.name != "touches":
                frame[self.entity.key] = self.origin.prefix("") + frame[self.entity.key]
        return Conformed(conform(self.entity.name, frame), self.quarantine, tuple(self.notes))


def _order(date_format: str) -> Order | None:
    try:
        return date_order(date_format)
    except ValueError as error:
        raise SourceError(
            f"date_format = «{mask(date_format)}» не называет порядок дня и месяца.",
            hint='Пишите, например: date_format = "дд.мм.гггг".',
        ) from error


def _series(text: pa.Array) -> pd.Series:
    found: pd.Series = text.to_pandas()
    return found


def _integers(values: Ints, ok: Bools) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(values, ~ok))
