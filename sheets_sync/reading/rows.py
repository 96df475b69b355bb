"""Rows of texts to a conformed frame: every column by its kind, every refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import ENTITIES, Entity, EntityColumn, conform
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
from sheets_sync.reading.days import read_days, with_years
from sheets_sync.reading.deeds import Deeds, Doubt, doubt, together
from sheets_sync.reading.finish import finish
from sheets_sync.reading.foreign import refuse_foreign
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.ids import with_ids
from sheets_sync.reading.money import ROUBLE, Signs
from sheets_sync.reading.numbering import Numbering, numbering
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.people import keys
from sheets_sync.reading.quarantine import PullRows, Quarantine, stack
from sheets_sync.reading.spelled import clock as spelled_clock
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.totals import Sums, check_totals, rows_like_totals
from sheets_sync.reading.understanding import columns_in_doubt
from sheets_sync.reading.values import Bools, Ints, flags, has_text, map_cells, numbers, sums, truth

_UNREADABLE = "\ufffd"
_DURATIONS = {"talk_duration", "wait_duration"}
_DOUBTFUL = "не видно, тысячи это или дробь: допишите копейки двумя знаками"


@dataclass(frozen=True)
class PullReading:
    """What the rows of a pull gave: a frame by metrics.schema, the refused rows, and notes."""

    frame: pd.DataFrame
    quarantine: Quarantine
    notes: tuple[str, ...]
    no_ids: Numbering
    deeds: Deeds


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
    return reader.read()


class Reader:
    """One pull on its way: columns that are ready, rows that are refused or left out, notes."""

    def __init__(
        self, entity: Entity, rows: PullRows, origin: Origin, keyring: Keyring, zone: ZoneInfo
    ) -> None:
        self.entity, self.rows, self.zone = entity, rows, zone
        self.origin, self.keyring = origin, keyring
        self.order = _order(origin.date_format)
        self.quarantine = Quarantine(rows)
        #: Rows that are sound and no fact: a bill that nobody paid.
        self.left = np.zeros(len(rows), dtype=bool)
        self.notes: list[str] = []
        self.no_ids = Numbering()
        self.doubts: list[Doubt] = []
        self.sums: Sums | None = None
        self.columns: dict[str, pd.Series] = {
            "source": _series(pa.repeat(origin.source, len(rows)))
        }

    def read(self) -> PullReading:
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
                self._number(column)
            elif column.kind == "flag":
                self._flag(column)
        if self.entity.column(self.entity.when).kind == "day":
            read_days(self)
        self.notes += [*texts.notes, *people.notes]
        finish(self, texts)
        self._name_rows()
        return self._result()

    def _name_rows(self) -> None:
        """What the origin says of every row."""
        key = self.entity.key
        if self.origin.has_ids and key:
            self.quarantine.refuse((self.columns[key] == "").to_numpy(), key, "нет номера")
        if self.entity.name == "leads":
            self.columns["role"] = _series(pa.repeat(self.origin.role, len(self.rows)))

    def _refuse_garbled(self) -> None:
        for name, text in self.rows.columns.items():
            if has_byte(text, _UNREADABLE.encode()[:1]):  # its others begin nothing, end «н»
                bad = truth(pc.match_substring(text, _UNREADABLE))
                self.quarantine.refuse(bad, name, "нечитаемый символ: файл повреждён в этом месте")

    def _time(self, column: EntityColumn) -> None:
        clock = self.rows.columns.get("time") if column.name == self.entity.when else None
        clock = map_cells(clock, spelled_clock) if clock is not None else None
        read = self.moments([column.name], [self.rows.get(column.name)], clock)[0]
        self.columns[column.name] = read.utc(self.zone)
        if clock is not None:
            self.quarantine.refuse(~clock_times(clock)[1], "time", "не понимаю время")
        if column.name != "answered_at":  # the text of an answer is an answer, too
            self.settle(column, read.ok, "не понимаю дату")

    def moments(
        self, names: list[str], texts: list[pa.Array], clock: pa.Array | None
    ) -> list[Moments]:
        """Columns of dates read together: they share one order of day and month.

        Raises FileError where that order is in doubt.
        """
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
                f"столбец «{self.rows.header(row, name)}»: {error.reason} ({shown}).",
                where=self.rows.where(row),
                hint="Напишите порядок в файле клиники под этим [[source]]: "
                'date_format = "дд/мм/гггг" или "мм/дд/гггг".',
            ) from error
        parts = [read.part(i * count, (i + 1) * count) for i in range(len(texts))]
        dated = None if read.ok.all() else with_years(self, names, texts, parts)
        return parts if dated is None else self.moments(names, dated, clock)

    def _sum(self, column: EntityColumn) -> None:
        text = self.rows.get(column.name)
        values, ok, doubtful, signs = self._sums(column.name, text)
        self.columns[column.name] = _integers(values, ok)
        if column.required:
            refuse_foreign(self, column.name, ok)
            self.quarantine.refuse(doubtful, column.name, _DOUBTFUL)
        self.settle(column, ok, "не понимаю сумму")
        if column.required:
            self.sums = Sums(column.name, values, ok, signs)

    def _sums(self, name: str, text: pa.Array) -> tuple[Ints, Bools, Bools, Signs]:
        """A column of money, each file's in its own unit."""
        sizes = [grid.header.unit(name).kopecks for grid in self.rows.grids]
        if len(set(sizes)) <= 1:
            return sums(text, sizes[0] if sizes else ROUBLE)
        parts = [
            sums(text.filter(pa.array(self.rows.file == n)), size) for n, size in enumerate(sizes)
        ]
        values, ok, doubtful = (np.concatenate([p[i] for p in parts]) for i in range(3))
        return values, ok, doubtful, parts[0][3]

    def _number(self, column: EntityColumn) -> None:
        text = self.rows.get(column.name)
        if column.name in _DURATIONS:
            values, ok = numbers(text, normalize.seconds)
            minutes = [grid.header.unit(column.name).seconds for grid in self.rows.grids]
            bare = truth(pc.match_substring_regex(text, r"^\d+([.,]\d+)?$"))
            if max(minutes, default=1) > 1:
                size = np.array(minutes)[self.rows.file]
                shown = pc.replace_substring(pc.if_else(pa.array(bare), text, "0"), ",", ".")
                exact = np.rint(pc.cast(shown, pa.float64()).to_numpy() * size).astype(np.int64)
                values = np.where(bare & (size > 1), exact, values)
        else:
            is_rating = column.name == "rating"
            values, ok = numbers(text, normalize.rating if is_rating else normalize.count)
        self.columns[column.name] = _integers(values, ok)
        self.settle(column, ok, "не понимаю число")

    def _flag(self, column: EntityColumn) -> None:
        text = self.rows.get(column.name)
        values, ok = flags(text)
        if column.name == "vat_included":
            values, ok = self._vat(values, ok)
        self.columns[column.name] = _integers(values, ok).astype("boolean")
        self.settle(column, ok | ~has_text(text), "не понимаю да или нет")

    def _vat(self, values: Ints, ok: Bools) -> tuple[Ints, Bools]:
        """Where the column does not say, the header may: «Расход (с НДС)»."""
        for number, grid in enumerate(self.rows.grids):
            vat = grid.header.vat("cost")
            if vat is not None:
                here = (self.rows.file == number) & ~ok
                values, ok = np.where(here, int(vat), values), ok | here
        return values, ok

    def settle(self, column: EntityColumn, ok: Bools, reason: str) -> None:
        """Refuse rows whose required cell is empty or unreadable; count other unreadable cells."""
        there = has_text(self.rows.get(column.name))
        if column.required:
            self.quarantine.refuse(~there, column.name, "пусто")
            self.quarantine.refuse(~ok, column.name, reason)
        elif lost := int((there & ~ok).sum()):
            header = self.rows.header(int(np.argmax(there & ~ok)), column.name)
            self.notes.append(
                f"Столбец «{header}»: {reason}; таких ячеек {lost}, они оставлены пустыми."
            )

    def _result(self) -> PullReading:
        keep = ~self.quarantine.refused & ~self.left
        wrong: list[str] = []
        if self.sums:
            wrong = check_totals(self.rows, self.sums, self.quarantine.refused, self.left)
            self.notes += [*wrong, *rows_like_totals(self.rows, self.sums, keep)]
        frame = pd.DataFrame(self.columns)[self.entity.names]
        frame = frame if keep.all() else frame[keep]
        if self.entity.key:
            names = [grid.where for grid in self.rows.grids]
            self.no_ids |= numbering(self.entity, frame, self.zone)
            frame, notes = with_ids(self.entity, frame, self.rows.file[keep], names, self.no_ids)
            self.notes += notes
            if self.entity.name != "touches":
                frame[self.entity.key] = self.origin.prefix("") + frame[self.entity.key]
        return PullReading(
            conform(self.entity.name, frame), self.quarantine, tuple(self.notes), self.no_ids,
            self._deeds(keep, len(wrong)),
        )  # fmt: skip

    def _deeds(self, keep: Bools, wrong_totals: int) -> Deeds:
        """What this reading did."""
        sums = self.sums
        totals = any(grid.totals for grid in self.rows.grids)
        doubts = [
            *self.doubts,
            *doubt("totals", "Итоги файлов, которые не сходятся со строками", wrong_totals,
                   "Проверьте, целиком ли выгрузка: подробности в «Журнале»."),
            *doubt("no_ids", "Номера, которые не идентификаторы", len(self.no_ids.ids),
                   "Выгрузите столбец с настоящим номером заявки, записи или платежа."),
            *(d for grid in self.rows.grids for d in columns_in_doubt(grid)),
        ]  # fmt: skip
        return Deeds(
            rows_in=len(self.rows),
            rows_out=int(keep.sum()),
            refused=int(self.quarantine.refused.sum()),
            left=int(self.left.sum()),
            money_in=sums.total(np.ones_like(keep)) if sums else 0,
            money_out=sums.total(keep) if sums else 0,
            totals_agree=not wrong_totals if totals and sums else None,
            doubts=together(doubts),
        )


def _order(date_format: str) -> Order | None:
    try:
        return date_order(date_format)
    except ValueError as error:
        raise SourceError(
            f"date_format = «{mask(date_format)}» не называет порядок дня и месяца.",
            hint='Пишите, например: date_format = "дд.мм.гггг".',
        ) from error


def _series(text: pa.Array) -> pd.Series:
    return pd.Series(text.to_pandas())


def _integers(values: Ints, ok: Bools) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(values, ~ok))
