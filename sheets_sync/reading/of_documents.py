"""The sum of a whole receipt that stands in each of its rows: what its rows were paid instead."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import WHOLES
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.held import FITS, TOLERANCE, kopecks_of, share
from sheets_sync.reading.normalize import count
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import Ints, numbers
from sheets_sync.reading.words import letters

#: Beginnings of words of a header that says what its sum is of.
_DOCUMENTS = ("чек", "докум", "заказ", "счет", "визит", "прием", "квитанц", "receipt", "order")

#: So many documents of several rows show that their sums are repeated.
_LEAST = 2


def by_rows(grid: Grid, whole: str) -> Grid:
    """A grid whose rows have their own sums where `whole` is repeated in all rows of a document and
    the rows' prices add up to it. Raises FileError where a sum that is called a document's is
    repeated and nothing says what of it a row is."""
    if whole not in WHOLES:
        return grid
    for ids in _documents(grid):
        values = kopecks_of(grid, whole)
        codes = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False)
        rows = pd.DataFrame({"id": codes, "whole": values})
        filled = pc.not_equal(ids, "").to_numpy(zero_copy_only=False)
        several = filled & rows["whole"].ne(0) & rows["id"].duplicated(keep=False)
        by_id = rows[several].groupby("id")["whole"]
        if not several.any() or by_id.min().ne(by_id.max()).any():
            continue
        for own in _of_rows(grid):
            added = pd.Series(own).groupby(rows["id"]).transform("sum")
            own_sum = np.where(filled, added, own)
            fits = np.abs(own_sum - values) < TOLERANCE
            if fits.mean() >= FITS and share(fits, several.to_numpy()) >= FITS:
                return _with_own(grid, whole, own)
        if (
            by_id.ngroups >= _LEAST
            and _is_of_document(grid, whole)
            and _are_lines(grid, rows, several)
        ):
            raise _question(grid, whole, by_id.ngroups)
    return grid


def _documents(grid: Grid) -> Iterator[pa.Array]:
    """What says which rows are of one document, where some of several are: its number, or who paid
    and when where rows have prices of their own."""
    cells = grid.columns
    who = [n for n in ("patient_id", "phone", "email") if n in cells][:1]
    when = [n for n in ("paid_at", "time") if n in cells]
    if "payment_id" in cells and _repeats(cells["payment_id"]):
        yield cells["payment_id"]
    if who and when and "price" in cells:
        joined = pc.binary_join_element_wise(*(cells[n] for n in (*when, *who)), "\x1f")
        if _repeats(joined):
            yield joined


def _repeats(ids: pa.Array) -> bool:
    """Whether some of the texts that are filled is there twice."""
    filled = ids.filter(pc.not_equal(ids, ""))
    if pc.all(pc.less(filled[:-1], filled[1:])).as_py():  # in order, as most are
        return False
    return int(pc.count_distinct(filled).as_py()) < len(filled)


def _question(grid: Grid, whole: str, documents: int) -> FileError:
    shown = mask(grid.header.shown(whole))
    line = column_line("amount", shown, remark="если деньги – каждая строка")
    return FileError(
        f"«{shown}» повторяется во всех строках одного документа (документов {documents}): "
        "деньги посчитались бы несколько раз.",
        where=grid.where,
        hint="Выгрузите столбец с суммой строки или " + to_write("columns", line),
    )


def _of_rows(grid: Grid) -> Iterator[Ints]:
    """What each row may have been paid: its price, times its quantity, less its discount."""
    if "price" not in grid.columns:
        return
    prices = [kopecks_of(grid, "price")]
    if "quantity" in grid.columns:
        many, ok = numbers(grid.columns["quantity"], count)
        prices.append(prices[0] * np.where(ok, many, 1))
    for price in prices:
        yield price
        if "discount" in grid.columns:
            yield price - kopecks_of(grid, "discount")


def _with_own(grid: Grid, whole: str, own: Ints) -> Grid:
    size = grid.header.unit(whole).kopecks
    cells = pa.array([str(Decimal(int(k)) / size) for k in own])
    shown, price = mask(grid.header.shown(whole)), mask(grid.header.shown("price"))
    note = f"«{shown}» стоит в каждой строке документа: взяты суммы его строк, «{price}»."
    header = dataclasses.replace(grid.header, notes=(*grid.header.notes, note))
    return dataclasses.replace(grid, header=header, columns={**grid.columns, whole: cells})


def _is_of_document(grid: Grid, whole: str) -> bool:
    words = letters(grid.header.shown(whole))
    return len(words) > 1 and any(word.startswith(_DOCUMENTS) for word in words)


def _are_lines(grid: Grid, rows: pd.DataFrame, several: pd.Series) -> bool:
    """Whether the rows of every document that has a number name different services."""
    if "service" not in grid.columns or "payment_id" not in grid.columns:
        return False
    named = rows.assign(service=np.array(grid.columns["service"]))[several]
    return not named.duplicated(["id", "service"]).any()
