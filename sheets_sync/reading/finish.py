"""What the rows of one entity alone need: who, in what currency, paid or not, came or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.errors import FileError
from sheets_sync.reading.calls import finish_calls
from sheets_sync.reading.counted_twice import leave_totals
from sheets_sync.reading.days import moments
from sheets_sync.reading.deeds import EXPLAIN, doubt
from sheets_sync.reading.kinds import is_paid_with
from sheets_sync.reading.later_files import leave_earlier
from sheets_sync.reading.leads import finish_leads
from sheets_sync.reading.monthly import refuse_other_periods
from sheets_sync.reading.payment_status import only_paid, only_paid_bills, refuse_outlays
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.values import Bools, flags, has_text, map_cells, truth, undone
from sheets_sync.reading.visit_marks import mark_visits
from sheets_sync.reading.visit_totals import leave_sums_of_visits
from sheets_sync.reading.word_columns import refuse_words
from sheets_sync.reading.words import letters, meaning

_SHOWN_WORDS = 10


def finish(reader: Reader, texts: Texts) -> None:
    """Complete the columns of an entity; refuse or leave out the rows that are none of it."""
    if step := _STEPS.get(reader.entity.name):
        step(reader, texts)
    for column in reader.entity.columns:
        # an id that is not there is numbered later
        if column.required and column.kind == "text" and column.name != reader.entity.key:
            blank = (reader.columns[column.name] == "").to_numpy()
            reader.quarantine.refuse(blank, column.name, "пусто")


def _appointments(reader: Reader, texts: Texts) -> None:
    del texts
    rows, columns = reader.rows, reader.columns
    _status_by_flags(reader)
    empty = (columns["status"] == "").to_numpy()
    unknown = int((empty & has_text(rows.get("status"))).sum())
    reader.doubts += doubt("statuses", "Неизвестные статусы", unknown, EXPLAIN)
    refuse_words(
        reader, "status", empty & has_text(rows.get("status")), "неизвестный статус",
        ("arrived", "no_show", "cancelled", "booked"),
    )  # fmt: skip
    reader.quarantine.refuse(empty, "status", "пусто")
    _require_one(reader, "patient_key", "person_key", _NOBODY)


def _status_by_flags(reader: Reader) -> None:
    """The status of rows without one, by columns «Пришёл», «Отменён», «Подтверждён»: да or нет."""
    rows = reader.rows
    answers = {
        n: (undone if n in {"cancelled", "came"} else flags)(rows.get(n))
        for n in ("came", "cancelled", "confirmed", "missed")
        if n in rows.columns
    }
    reason = has_text(rows.get("cancel_reason")) & (flags(rows.get("cancel_reason"))[0] == 0)
    reason &= ~flags(rows.get("cancel_reason"))[1]
    if not answers and not reason.any():
        return
    none = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    came, said_came = answers.get("came", none)
    cancelled, _ = answers.get("cancelled", none)
    confirmed, _ = answers.get("confirmed", none)
    missed, said_missed = answers.get("missed", none)
    # An empty answer to «Пришёл?» is no answer: the visit may be still to come.
    statuses = np.select(
        [cancelled == 1, came == 1, reason, said_came | (missed == 1), said_missed, confirmed == 1],
        ["cancelled", "arrived", "cancelled", "no_show", "arrived", "confirmed"],
        "booked",
    )
    by_missed = said_missed & (statuses == "arrived") & (came != 1)
    if by_missed.any():
        reader.notes.append(
            f"Столбец «{rows.title('missed')}»: «нет» принято как «пришёл»; таких строк {int(by_missed.sum())}."
        )
    words = map_cells(rows.get("came"), lambda t: meaning(t, "appointment_status")).to_pylist()
    statuses = np.where(said_came | (np.array(words, dtype=object) == ""), statuses, words)
    own = (reader.columns["status"] != "").to_numpy() | has_text(rows.get("status"))
    # «Записан» was written before the visit, «Пришёл: да» after it.
    own &= ~(reader.columns["status"].isin(_BEFORE).to_numpy() & ~np.isin(statuses, _BEFORE))
    if any(w.startswith(_GONE) for w in letters(rows.title("cancelled"))):
        own &= cancelled != 1
    reader.columns["status"] = reader.columns["status"].where(own, statuses)


#: Beginnings of words in a header of rows that are there no more, whatever their status was.
_GONE = ("удал", "недейств", "аннул", "тест", "delet", "void")
#: What a status may be before the visit.
_BEFORE = ["booked", "confirmed"]


def _worth(reader: Reader, here: Bools) -> int:
    """The money of some rows, in kopecks."""
    return int(reader.sums.values[here & reader.sums.ok].sum()) if reader.sums else 0


_NOBODY = "нет ни номера пациента, ни верного телефона или e-mail"


def _payments(reader: Reader, texts: Texts) -> None:
    columns = reader.columns
    only_paid(reader, texts.words)
    words = pa.array(texts.words.unknown.get("kind", ()), pa.string())
    unknown = truth(pc.is_in(reader.rows.get("kind"), value_set=words))
    refuse_outlays(reader, unknown)
    reader.doubts += doubt(
        "kinds", "Неизвестные виды оплат", int(unknown.sum()), EXPLAIN, _worth(reader, unknown)
    )
    columns["kind"] = columns["kind"].where(columns["kind"] != "", "payment")
    _by_method(reader)
    _leave_corrected(reader)
    _require_one(reader, "patient_key", "person_key", _NOBODY)


def _leave_corrected(reader: Reader) -> None:
    """Of rows with one number and one service, each changed at its own time, the last is the payment."""
    rows = reader.rows
    if "changed_at" not in rows.columns:
        return
    good = ~reader.quarantine.refused & ~reader.left & ~rows.made
    which = pd.DataFrame({n: reader.columns[n] for n in ("payment_id", "service")})
    good &= (which["payment_id"] != "").to_numpy() & which.duplicated(keep=False).to_numpy()
    if not good.any():
        return
    with suppress(FileError):  # where their order is in doubt nothing is known of corrections
        read = moments(reader, ["changed_at"], [rows.get("changed_at")], None)[0]
        which["at"] = np.where(read.ok & good, read.local, -1)
        last = which.groupby(["payment_id", "service"])["at"].transform("max")
        older = good & (which["at"] < last).to_numpy()
        reader.left |= older
        if older.any():
            reader.notes.append(
                f"Столбец «{rows.title('changed_at')}»: прежних строк исправленных платежей {int(older.sum())}; "
                "взята последняя строка каждого."
            )


def _by_method(reader: Reader) -> None:
    """A payment that was made of a balance, bonuses or an insurance, by a column of its own."""
    how = map_cells(reader.rows.get("method"), _paid_with)
    spent = truth(pc.is_in(how, value_set=pa.array(["balance_spend", "bonus", "insurance"])))
    spent &= (reader.columns["kind"] == "payment").to_numpy()
    if spent.any():
        reader.columns["kind"] = reader.columns["kind"].mask(spent, how.to_pandas())


def _paid_with(text: str) -> str:
    kind = meaning(text, "payment_kind")
    return "balance_spend" if kind == "prepayment" and is_paid_with(text) else kind


def _touches(reader: Reader, texts: Texts) -> None:
    del texts
    mark_visits(reader)
    _require_one(reader, "ym_client_id", "person_key", "нет ни ClientID, ни верного телефона")


def _traffic(reader: Reader, texts: Texts) -> None:
    del texts
    mark_visits(reader)
    leave_sums_of_visits(reader)
    leave_earlier(reader)


def _costs(reader: Reader, texts: Texts) -> None:
    columns = reader.columns
    if "utm_source" in columns:
        columns["platform"] = columns["platform"].where(
            columns["platform"] != "", columns["utm_source"]
        )
    reader.quarantine.refuse((columns["platform"] == "").to_numpy(), "platform", "пусто")
    if reader.entity.name == "costs":
        refuse_other_periods(reader)
        only_paid_bills(reader, texts.words)
    # A service gives no totals: what it calls «Итого» is a campaign of that name.
    if not reader.origin.has_ids:
        leave_totals(reader)
    if reader.entity.name == "phrases":
        leave_earlier(reader)
    if "file" in columns:
        names = np.array([grid.place.file for grid in reader.rows.grids], dtype=object)
        columns["file"] = pd.Series(names[reader.rows.file], dtype="str")


#: Where so many ratings are above five they are of ten; one such among others is one wrong row.
_OF_TEN = 1 / 3


def _reviews(reader: Reader, texts: Texts) -> None:
    """A rating is 1 to 5; any filled «Ответ» is an answer, as old as the review if it has no date."""
    del texts
    rows, columns = reader.rows, reader.columns
    rating = columns["rating"]
    for number in range(len(rows.grids)):
        here = rows.file == number
        stars = rating[here].dropna()
        if len(stars) and stars.between(6, 10).mean() >= _OF_TEN:  # «4» of ten is no «4» of five
            reader.quarantine.refuse(here, "rating", "оценки не из пяти: в файле есть больше 5")
    outside = (rating < 1) | (rating > 5)
    reader.quarantine.refuse(
        outside.fillna(value=False).to_numpy(dtype=bool), "rating", "оценка не от 1 до 5"
    )
    cells = rows.get("answered_at")
    is_no = flags(cells)[0] == 0
    answered = has_text(cells) & ~(flags(cells)[1] & is_no)
    undated = answered & columns["answered_at"].isna().to_numpy()
    columns["answered_at"] = columns["answered_at"].mask(undated, columns["at"])


def _require_one(reader: Reader, one: str, other: str, reason: str) -> None:
    neither = (reader.columns[one] == "") & (reader.columns[other] == "")
    column = next(
        (n for n in ("patient_id", "phone", "email", one) if n in reader.rows.columns), one
    )
    reader.quarantine.refuse(neither.to_numpy(), column, reason)


_STEPS: Mapping[str, Callable[[Reader, Texts], None]] = {
    "leads": finish_leads,
    "appointments": _appointments,
    "payments": _payments,
    "costs": _costs,
    "phrases": _costs,
    "reviews": _reviews,
    "calls": finish_calls,
    "touches": _touches,
    "traffic": _traffic,
}
