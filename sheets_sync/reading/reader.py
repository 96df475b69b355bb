"""A pull on its way to conformed rows: what is read of it so far, and what that gives in the end."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from metrics.entity import Entity, EntityColumn
from metrics.schema import conform
from sheets_sync.errors import SourceError
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.dates import Order, date_order
from sheets_sync.reading.deeds import Deeds, Doubt, doubt, together
from sheets_sync.reading.ids import with_ids
from sheets_sync.reading.numbering import Numbering, numbering
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.quarantine import PullRows, Quarantine
from sheets_sync.reading.totals import Sums, check_totals, rows_like_totals
from sheets_sync.reading.understanding import columns_in_doubt
from sheets_sync.reading.values import Bools, has_text


@dataclass(frozen=True)
class PullReading:
    """What the rows of a pull gave: a frame by metrics.schema, the refused rows, and notes."""

    frame: pd.DataFrame
    quarantine: Quarantine
    notes: tuple[str, ...]
    no_ids: Numbering
    deeds: Deeds


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
        self.columns: dict[str, pd.Series] = {"source": series(pa.repeat(origin.source, len(rows)))}

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

    def result(self) -> PullReading:
        """What was read, without the rows that are refused or left out."""
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
            prefix = self.origin.prefix("")
            if prefix and self.entity.name != "touches":
                frame[self.entity.key] = prefix + frame[self.entity.key]
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


def series(text: pa.Array) -> pd.Series:
    """A column of texts."""
    return pd.Series(text.to_pandas())
