"""Whether a row of payments is money, by its status: paid, left out as unpaid, or refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import PAYMENT_KINDS
from metrics.wording import roubles
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.deeds import EXPLAIN, doubt
from sheets_sync.reading.kinds import no_payment
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.to_write import word_line
from sheets_sync.reading.values import Bools, distinct, has_text, map_cells, truth, undone
from sheets_sync.reading.word_columns import WordColumns, refuse_words
from sheets_sync.reading.words import plain, whole

_SHOWN_WORDS = 10
_UNKNOWN = "неизвестный статус оплаты"
_MEANINGS = ("paid", "unpaid", "refund")
#: Why a row of a kind is no payment: what its word may be instead, and what to say.
_REASONS = {
    "outlay": ("refund", "деньги ушли, пришли не от пациента или отменены; если это возврат ему"),
    "accrual": ("payment", "это начислено, а не оплачено; если деньги пришли"),
}


def only_paid(reader: Reader, words: WordColumns) -> None:
    """Rows are money if their status says so; the clinic's own words first. What a column of its own
    says was cancelled or deleted is none."""
    if "cancelled" in reader.rows.columns:
        values, answered = undone(reader.rows.get("cancelled"))
        off = answered & (values == 1) & ~reader.quarantine.refused
        reader.left |= off
        _tell_unpaid(reader, "cancelled", off)
    if "status" not in reader.rows.columns:
        return
    text = reader.rows.get("status")
    meanings = {t: payment_word(t, words.explained) for t in distinct(text)}
    read = map_cells(text, lambda t: meanings[t])
    unpaid = truth(pc.equal(read, "unpaid"))
    partly = truth(pc.equal(read, "partly"))
    whole_known = np.array(["sum_paid" in g.header.columns for g in reader.rows.grids], dtype=bool)
    kinds = truth(pc.is_in(read, value_set=pa.array(list(PAYMENT_KINDS))))
    returned = truth(pc.equal(read, "returned"))
    back, kept = _returned(reader, returned)
    unpaid |= returned & ~back & ~kept
    reader.columns["kind"] = reader.columns["kind"].mask(back, "refund")
    good = truth(pc.equal(read, "paid")) | back | kept
    good |= kinds | (partly & whole_known[reader.rows.file])
    back_known = np.array(["refund" in g.header.columns for g in reader.rows.grids], dtype=bool)
    good |= truth(pc.equal(read, "returned_partly")) & back_known[reader.rows.file]
    if kinds.any():
        reader.columns["kind"] = reader.columns["kind"].mask(kinds, read.to_pandas())
    has_status = np.array(["status" in g.columns for g in reader.rows.grids])[reader.rows.file]
    left = unpaid & has_status & ~reader.quarantine.refused & ~reader.left
    reader.left |= left
    reader.quarantine.refuse(
        has_status & partly & ~good, "status", "оплачено не всё, а столбца с оплаченной суммой нет"
    )
    unknown = has_status & has_text(text) & ~good & ~unpaid
    refuse_words(reader, "status", unknown & ~partly, _UNKNOWN, _MEANINGS)
    reader.quarantine.refuse(has_status & ~has_text(text), "status", "пусто: не видно, оплачено ли")
    _tell_unknown(reader, text, unknown & ~partly, words)
    _tell_unpaid(reader, "status", left)


def only_paid_bills(reader: Reader, words: WordColumns) -> None:
    """Bills of advertising that were cancelled or that nobody paid yet are no costs; one of an unknown
    status is refused."""
    if "status" not in reader.rows.columns:
        return
    text = reader.rows.get("status")
    read = map_cells(text, lambda t: payment_word(t, words.explained))
    left = truth(pc.is_in(read, value_set=pa.array(["unpaid", "returned"])))
    left &= ~reader.quarantine.refused & ~reader.left
    unknown = has_text(text) & ~truth(pc.equal(read, "paid")) & ~left & ~reader.left
    reader.left |= left
    refuse_words(reader, "status", unknown, _UNKNOWN, _MEANINGS[:2])
    _tell_unpaid(reader, "status", left)


def _returned(reader: Reader, rows: Bools) -> tuple[Bools, Bools]:
    """Of rows that were returned: which are the return itself, by their kind or their minus, and
    which are payments whose return is a row of its own, of that person and sum."""
    values = reader.sums.values if reader.sums else np.zeros(len(rows), dtype=np.int64)
    refunds = (reader.columns["kind"] == "refund").to_numpy() | (values < 0)
    patient, person = reader.columns["patient_key"], reader.columns["person_key"]
    people = patient.where(patient != "", person)
    whose = pd.MultiIndex.from_arrays([people, np.abs(values)])
    return rows & refunds, rows & ~refunds & whose.isin(whose[refunds])


def payment_word(text: str, explained: Mapping[str, str]) -> str:
    """What a status of a payment means: paid, unpaid, returned, partly or a kind; "" if unknown."""
    own = explained.get(plain(text), "")
    return (
        (own if own in PAYMENT_KINDS else whole(own, "payment_status"))
        if own
        else whole(text, "payment_status")
    )


def _tell_unknown(reader: Reader, text: pa.Array, unknown: Bools, words: WordColumns) -> None:
    if not unknown.any():
        return
    worth = int(reader.sums.values[unknown & reader.sums.ok].sum()) if reader.sums else 0
    reader.doubts += doubt("statuses", "Неизвестные статусы", int(unknown.sum()), EXPLAIN, worth)
    counts = pc.value_counts(text.filter(pa.array(unknown))).to_pylist()
    lost = tuple(sorted(((c["values"], c["counts"]) for c in counts), key=lambda i: (-i[1], i[0])))
    reader.notes.append(words.unknown_words("status", lost, "строки не приняты", _MEANINGS))


def _tell_unpaid(reader: Reader, name: str, left: Bools) -> None:
    if not left.any() or reader.sums is None:
        return
    amount = int(reader.sums.values[left & reader.sums.ok].sum())
    words = distinct(reader.rows.get(name).filter(pa.array(left)))
    shown = ", ".join(f"«{mask(w)}»" for w in words[:_SHOWN_WORDS])
    reader.notes.append(
        f"Столбец «{reader.rows.title(name)}»: строк, которые не оплачены ({shown}): "
        f"{int(left.sum())} на {roubles(amount, 2)}, они не учтены."
    )


def refuse_outlays(reader: Reader, unknown: Bools) -> None:
    """Rows of an unknown kind that is no patient's money, was billed or undone: «Инкассация», «Счёт»."""
    words = distinct(reader.rows.get("kind"))
    for text in words:
        if why := no_payment(text, words):
            other, reason = _REASONS[why]
            remark = 'или "payment", если это оплата' if other == "refund" else ""
            line = word_line(mask(text), other, remark=remark)
            here = truth(pc.equal(reader.rows.get("kind"), text))
            reader.quarantine.refuse(unknown & here, "kind", f"{reason}: [source.statuses] {line}")
