"""Which of a payment's sums was paid: whole or in parts, before a discount or after; its refund apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.wording import percent, roubles
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import PARTS, WHOLES
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.held import (
    DOUBT,
    FITS,
    TOLERANCE,
    check_debt,
    holds,
    kopecks_of,
    share,
    with_rest,
    without_change,
)
from sheets_sync.reading.means_marked import by_marks
from sheets_sync.reading.normalize import count
from sheets_sync.reading.of_documents import by_rows
from sheets_sync.reading.payouts import without_payouts
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import Bools, Ints, numbers, sums
from sheets_sync.reading.words import letters

REFUND = ":refund"


def payment_amounts(grid: Grid) -> Grid:
    """A grid of payments with one `amount` and one `kind` a row, refunds on rows of their own.

    What was paid ranks above what was to pay, a total, a sum; columns of parts («Наличные», «Бонусы»)
    are rows each where they add up to one of these and are not all plain money, or stand alone.
    A row without any part stays one row without a sum, and is refused for that. What the row says
    itself of its kind stands for parts that are plain payments.
    Raises FileError where two readings differ by more than 1 %.
    """
    whole = next((n for n in ("amount", *WHOLES) if n in grid.columns), "")
    parts = [name for name in PARTS if name in grid.columns]
    if not whole and not parts:
        return grid
    if whole == WHOLES[0] or (not whole and "paid_credit" in parts):
        came_in = sum(kopecks_of(grid, name) for name in ([whole] if whole else parts))
        grid = without_payouts(grid, np.asarray(came_in, dtype=np.int64))
    whole = _before(grid, _before(grid, whole, "refund"), "fee")
    grid = without_change(grid, whole, parts)
    grid = grid if parts else by_rows(grid, whole)
    if marked := by_marks(grid, whole, parts):
        grid, parts = (
            marked,
            [*parts, *(n for n in PARTS if n in marked.columns and n not in parts)],
        )
    elif whole and parts and holds(grid, whole, parts):
        grid, parts = with_rest(grid, whole, parts), [*parts, "paid_card"]
    elif whole and parts and not _by_parts(grid, whole, parts):
        parts = []
    if whole and not parts:
        grid = check_debt(grid, whole)
        _check_discount(grid, whole)
    split = _in_parts(grid, parts) if parts else _as_whole(grid, whole)
    return _with_refunds(split)


def _before(grid: Grid, whole: str, less: str) -> str:
    """The sum of a payment that its refund or a bank's fee is taken of: «Сумма» where «Итого» is
    «Сумма» less «Возврат»; `whole` where nothing shows that."""
    if less not in grid.columns or whole not in WHOLES:
        return whole
    off, values = np.abs(kopecks_of(grid, less)), kopecks_of(grid, whole)
    among = (off != 0) & (values != 0)
    for other in (*WHOLES, "price"):
        if other != whole and other in grid.columns:
            fits = np.abs(kopecks_of(grid, other) - off - values) < TOLERANCE
            if share(fits, among) >= FITS:
                return other
    return whole


def _by_parts(grid: Grid, whole: str, parts: Sequence[str]) -> bool:
    """Whether the parts are what was paid. Raises FileError where they and the whole disagree."""
    if whole == "amount":
        return False
    kopecks = {name: kopecks_of(grid, name) for name in parts}
    added = np.sum(list(kopecks.values()), axis=0, dtype=np.int64)
    if not added.any():
        return False
    if whole != WHOLES[0] and all(_says_paid(grid, name) for name in parts):
        return True
    wholes = [kopecks_of(grid, n) for n in WHOLES if n in grid.columns]
    if "discount" in grid.columns:
        wholes += [wholes[-1] - _discounts(grid, wholes[-1])]
    if any(share(np.abs(added - w) < TOLERANCE, (added != 0) | (w != 0)) >= FITS for w in wholes):
        return any(PARTS[name] != "payment" and kopecks[name].any() for name in parts)
    one, other = int(wholes[0].sum()), int(added.sum())
    if whole == WHOLES[0] or abs(one - other) <= DOUBT * max(abs(one), abs(other)):
        return False
    names = ", ".join(_shown(grid, name) for name in parts)
    remark = f'или {whole} = "", если верны части'
    if not any(PARTS[name] in {"payment", "prepayment"} for name in parts):
        remark = f'или sum_total = "{_shown(grid, whole)}", если части входят в неё'
    raise FileError(
        f"«{_shown(grid, whole)}» ({roubles(one)}) и по частям ({names}: {roubles(other)}) не сходятся.",
        where=grid.where,
        hint="Что оплачено? Чтобы ответить, "
        + to_write(
            "columns",
            column_line("amount", _shown(grid, whole), remark=remark),
        ),
    )


def _says_paid(grid: Grid, name: str) -> bool:
    """Whether a header says that its money was paid: «Оплачено картой» beside «К оплате»."""
    places = grid.header.columns[name]
    return any(w.startswith("оплачен") for w in letters(grid.header.names[places[0]]))


def _shown(grid: Grid, name: str) -> str:
    return mask(grid.header.names[grid.header.columns[name][0]])


def _discounts(grid: Grid, of: Ints) -> Ints:
    """Discounts in kopecks; those in per cent are of the sums `of`."""
    text = grid.columns["discount"]
    percents = "%" in _shown(grid, "discount") or pc.any(pc.match_substring(text, "%")).as_py()
    values = sums(pc.replace_substring(text, "%", ""))[0]
    return np.rint(of * (values / 10_000)).astype(np.int64) if percents else values


def _check_discount(grid: Grid, whole: str) -> None:
    """Raises FileError for a sum beside discounts that may be the sum before them."""
    if whole != "sum_plain" or "discount" not in grid.columns:
        return
    values = kopecks_of(grid, whole)
    off = _discounts(grid, values)
    among = (off != 0) & (values != 0)
    share = abs(int(off[among].sum())) / max(abs(int(values.sum())), 1)
    if share <= DOUBT or _is_after(grid, values, among):
        return
    name = _shown(grid, whole)
    raise FileError(
        f"не видно, до скидки или после стоит «{name}»: скидок {percent(share, 1)} от суммы, а столбцов "
        "«К оплате» и «Оплачено» нет.",
        where=grid.where,
        hint=f"Выгрузите столбец «Оплачено». Если «{name}» уже со скидкой: "
        + to_write("columns", column_line("amount", name)),
    )


def _is_after(grid: Grid, values: Ints, among: Bools) -> bool:
    """Whether price × quantity less the discount is the sum."""
    if "price" not in grid.columns:
        return False
    base = kopecks_of(grid, "price")
    if "quantity" in grid.columns:
        many, ok = numbers(grid.columns["quantity"], count)
        base = base * np.where(ok, many, 1)
    return share(np.abs(base - _discounts(grid, base) - values) <= TOLERANCE, among) >= FITS


def _as_whole(grid: Grid, whole: str) -> Grid:
    columns = {n: c for n, c in grid.columns.items() if n not in {*WHOLES, *PARTS}}
    columns["amount"] = grid.columns[whole]
    header = dataclasses.replace(
        grid.header, columns={**grid.header.columns, "amount": grid.header.columns[whole]}
    )
    totals = {row: {**cells, "amount": cells.get(whole, "")} for row, cells in grid.totals.items()}
    return dataclasses.replace(grid, columns=columns, header=header, totals=totals)


def _in_parts(grid: Grid, parts: Sequence[str]) -> Grid:
    size = len(grid.rows)
    own_kinds = grid.columns.get("kind", pa.repeat("", size))
    filled = [kopecks_of(grid, name) != 0 for name in parts]
    unread = [~sums(grid.columns[name])[1] & _is_filled(grid.columns[name]) for name in parts]
    filled = [a | b for a, b in zip(filled, unread, strict=True)]
    nothing = ~np.logical_or.reduce(filled)
    pieces = [*zip(parts, filled, strict=True), ("", nothing)]
    rows = np.concatenate([np.flatnonzero(here) for _, here in pieces])
    order = pa.array(np.argsort(rows, kind="stable"))
    amounts, kinds = [], []
    for name, here in pieces:
        where = pa.array(np.flatnonzero(here))
        amounts.append(grid.columns[name].take(where) if name else pa.repeat("", len(where)))
        kind = PARTS.get(name, "payment")
        kinds.append(own_kinds.take(where) if kind == "payment" else pa.repeat(kind, len(where)))
    whole = dataclasses.replace(
        grid, columns={n: c for n, c in grid.columns.items() if n not in {*PARTS, *WHOLES}}
    )
    return _rows_of(
        whole,
        rows[order.to_numpy()],
        amount=pa.concat_arrays(amounts).take(order),
        kind=pa.concat_arrays(kinds).take(order),
    )


def _is_filled(column: pa.Array) -> Bools:
    return np.asarray(pc.not_equal(column, "").to_numpy(zero_copy_only=False), dtype=bool)


def _rows_of(grid: Grid, rows: Ints, **columns: pa.Array) -> Grid:
    """The rows of a grid by their places, some of its columns new."""
    kept = {name: column.take(pa.array(rows)) for name, column in grid.columns.items()}
    return dataclasses.replace(grid, columns={**kept, **columns}, rows=grid.rows[rows])


def _with_refunds(grid: Grid) -> Grid:
    """A row of kind refund for each cell of a refund column that is not nought."""
    if "refund" not in grid.columns or "amount" not in grid.columns:
        return grid
    back = np.flatnonzero(kopecks_of(grid, "refund") != 0)
    rest = dataclasses.replace(
        grid, columns={n: c for n, c in grid.columns.items() if n != "refund"}
    )
    amounts = sums(grid.columns["amount"])
    only = np.zeros(len(grid.rows), dtype=bool)
    only[back] = True
    stays = np.flatnonzero(~only | (amounts[0] != 0))
    rows = np.concatenate([stays, back])
    order = pa.array(np.argsort(rows, kind="stable"))
    columns = {
        "amount": [
            grid.columns["amount"].take(pa.array(stays)),
            grid.columns["refund"].take(pa.array(back)),
        ],
        "kind": [
            grid.columns.get("kind", pa.repeat("", len(grid.rows))).take(pa.array(stays)),
            pa.repeat("refund", len(back)),
        ],
    }
    if "payment_id" in grid.columns:
        own = grid.columns["payment_id"]
        ids = pc.if_else(pc.equal(own, ""), "", pc.binary_join_element_wise(own, REFUND, ""))
        columns["payment_id"] = [own.take(pa.array(stays)), ids.take(pa.array(back))]
    if "refund_at" in grid.columns and "paid_at" in grid.columns:
        columns |= _on_its_day(grid, stays, back)
    made = np.concatenate([np.zeros(len(stays), dtype=bool), np.ones(len(back), dtype=bool)])
    joined = {name: pa.concat_arrays(pieces).take(order) for name, pieces in columns.items()}
    both = _rows_of(rest, rows[order.to_numpy()], **joined)
    return dataclasses.replace(both, made=made[order.to_numpy()])


def _on_its_day(grid: Grid, stays: Ints, back: Ints) -> dict[str, list[pa.Array]]:
    """The days of payments and of their refunds, which may have one of their own, without a time."""
    after = pa.array(back)
    own, paid = grid.columns["refund_at"].take(after), grid.columns["paid_at"]
    has_own = pc.not_equal(own, "")
    days = {"paid_at": [paid.take(pa.array(stays)), pc.if_else(has_own, own, paid.take(after))]}
    if "time" in grid.columns:
        clock = grid.columns["time"]
        days["time"] = [
            clock.take(pa.array(stays)), pc.if_else(has_own, "", clock.take(after))
        ]  # fmt: skip
    return days
