"""Columns that may equally be meant: where they differ in money or people, a person decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from metrics.schema import ENTITIES
from metrics.wording import percent
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import ADDED, PAID, PARTS, WHOLES
from sheets_sync.reading.cost_columns import fees, wholes
from sheets_sync.reading.evidence import days
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, candidates
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import has_text, sums
from sheets_sync.reading.words import letters, plain

#: Readings of a file that differ by more are asked about.
DOUBT = 0.01
#: So many cells of a column of sums are sums.
_MOST = 0.8
_MONEY = ("amount", *WHOLES, "cost")
#: Beginnings of words of a header that is a plan, not a fact; it never rivals one.
_PLANNED = ("бюджет", "план", "лимит", "прогноз", "budget", "plan")
#: And of one that is all that was paid.
_ALL_PAID = ("итог", "всего", "оплат", "расход", "затрат", "списан", "total", "сумм", "стоимост")
#: Names of a cost that a price or a budget may have, too.
_VAGUE = frozenset(map(plain, ("стоимость", "сумма", "бюджет", "cost")))
#: Headers that say themselves when a fact took place; no other date rivals them.
_SURE = {
    "leads": ("созд", "обращ", "заяв", "поступ", "лид", "creat"),
    "appointments": ("прием", "визит", "посещ", "сеанс", "visit", "appoint"),
    "payments": ("опла", "плат", "pay", "чек", "операц"),
    "calls": ("звон", "вызов", "call"),
}


def ask(decision: Decision, where: str) -> None:
    """Raises FileError for a column beside which another of its name or meaning stands, if money or
    people differ by more than 1 % by which of them is read."""
    _ask_parts(decision, where)
    _ask_whole_cost(decision, where)
    for name in _questionable(decision):
        if name in decision.source_columns or (
            name in _MONEY and "amount" in decision.source_columns
        ):
            continue
        first, *same = decision.columns[name]
        if same and name in ADDED and len({decision.heads[i].key for i in (first, *same)}) > 1:
            continue  # parts of one sum
        rivals = [*same, *(i for i in candidates(decision, name) if not _is_weaker(decision, i))]
        if name == "cost" and decision.heads[first].key in _VAGUE:
            rivals += fees(decision)
        for other in rivals:
            if difference := _difference(decision, name, first, other, alike=other in same):
                raise _question(decision, name, [first, *rivals], difference, where)


def _ask_parts(decision: Decision, where: str) -> None:
    """Raises FileError where some parts of a payment are known and another one is not."""
    parts = [name for name in PARTS if name in decision.columns]
    if (
        not parts
        or "amount" in decision.source_columns
        or any(n in decision.source_columns for n in (*PARTS, *WHOLES))
    ):
        return
    left = [
        i for i in decision.free
        if letters(decision.heads[i].shown)[:1] and letters(decision.heads[i].shown)[0].startswith(PAID)
        and decision.looks[i].share("sum") >= _MOST and sums(decision.looks[i].text)[0].any()
    ]  # fmt: skip
    if not left:
        return
    shown = ", ".join(f"«{mask(decision.heads[i].shown)}»" for i in sorted(left))
    titles = ", ".join(f"«{mask(decision.heads[decision.columns[n][0]].shown)}»" for n in parts)
    raise FileError(
        f"столбцы {titles} – части оплаты, а чем платили в {shown}, не видно.",
        where=where,
        hint="Напишите под этим [[source]], что это: [source.columns] "
        f'paid_card = "{mask(decision.heads[min(left)].shown)}" (деньги), или paid_balance (с баланса), paid_bonus '
        "(бонусы), paid_insurance (страховая).",
    )


def _ask_whole_cost(decision: Decision, where: str) -> None:
    """Raises FileError where a sum is the cost and a fee: the agency's is paid, too."""
    places = decision.columns.get("cost", ())
    if decision.entity != "costs" or len(places) != 1 or "cost" in decision.source_columns:
        return
    for whole, others in wholes(decision, places[0]):
        head = decision.heads[whole]
        is_all = any(w.startswith(_ALL_PAID) for w in letters(head.shown))
        if not is_all or any(w.startswith(_PLANNED) for w in letters(head.shown)):
            continue
        difference = _money(decision.looks[places[0]], decision.looks[whole], alike=False)
        if difference:
            added = " + ".join(f"«{mask(decision.heads[i].shown)}»" for i in (places[0], *others))
            difference = f"«{mask(head.shown)}» – это {added}; {difference}"
            raise _question(decision, "cost", [whole, places[0]], difference, where)


def _questionable(decision: Decision) -> list[str]:
    when = ENTITIES[decision.entity].when if decision.entity in _SURE else ""
    whole = next((n for n in ("amount", *WHOLES) if n in decision.columns), "")
    names = {"patient_id", whole, "cost" if decision.entity in {"costs", "phrases"} else "", when}
    return [name for name in decision.columns if name in names]


def _is_weaker(decision: Decision, place: int) -> bool:
    head = decision.heads[place]
    return (
        head.vat is not None
        or head.unit.is_foreign
        or any(w.startswith(_PLANNED) for w in letters(head.shown))
    )


def _difference(decision: Decision, name: str, one: int, other: int, *, alike: bool) -> str:
    """What differs between two columns, in Russian; "" where it is no more than 1 %."""
    looks = decision.looks[one], decision.looks[other]
    if not all(look.filled for look in looks):
        return ""
    if name == "patient_id":
        return _people(*looks)
    if name in _MONEY:
        return _money(*looks, alike=alike)
    sure = _SURE.get(decision.entity, ())
    if not alike and any(w.startswith(sure) for w in letters(decision.heads[one].shown)):
        return ""
    return _months(*looks)


def _people(one: Look, other: Look) -> str:
    """Whether two columns of numbers part the same rows into different people."""
    both = has_text(one.text) & has_text(other.text)
    if not both.any():
        return ""
    pairs = np.unique(np.array(pc.binary_join_element_wise(one.text, other.text, "\x1f"))[both])
    counts = [len(np.unique(np.array(look.text)[both])) for look in (one, other)]
    worst = max(len(pairs) - count for count in counts) / len(pairs)
    return f"людей {counts[0]} и {counts[1]}" if worst > DOUBT else ""


def _money(one: Look, other: Look, *, alike: bool) -> str:
    first, second = sums(one.text)[0], sums(other.text)[0]
    if alike:  # of two equal names the filled cell is read
        second = np.where(has_text(other.text), second, first)
        first = np.where(has_text(one.text), first, second)
    added = int(first.sum()), int(second.sum())
    apart = abs(added[0] - added[1])
    share = apart / max(map(abs, added)) if any(added) else 0.0
    return f"суммы расходятся на {percent(share, 1)}" if share > DOUBT else ""


def _months(one: Look, other: Look) -> str:
    """Whether two columns of dates put rows into different months."""
    months = [days(look).astype("datetime64[D]").astype("datetime64[M]") for look in (one, other)]
    both = (days(one) >= 0) & (days(other) >= 0)
    if not both.any():
        return ""
    share = float((months[0] != months[1])[both].mean())
    return f"в {percent(share)} строк месяцы разные" if share > DOUBT else ""


def _question(
    decision: Decision, name: str, places: Sequence[int], difference: str, where: str
) -> FileError:
    shown = list(dict.fromkeys(mask(decision.heads[i].shown) for i in places))[:3]
    column = "amount" if name in WHOLES else name
    line = column_line(column, shown[0], remark="или " + ", ".join(f"«{t}»" for t in shown[1:]))
    return FileError(
        f"не видно, какой столбец {column}: {', '.join(f'«{title}»' for title in shown)} ({difference}).",
        where=where,
        hint="Чтобы ответить, " + to_write("columns", line, there=decision.source_columns),
    )
