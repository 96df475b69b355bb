"""Which sums of a table of costs are what was spent: parts that add up, wholes with a fee or VAT, running totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from sheets_sync.privacy.personal import mask
from sheets_sync.reading.free_columns import speaks_of, sums
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, Reason
from sheets_sync.reading.values import Ints
from sheets_sync.reading.values import sums as sums_of
from sheets_sync.reading.words import letters, plain

#: Beginnings of words of a header of money that was spent, and of what it was spent on.
_SPENT = (
    "расход",
    "израсход",
    "затрат",
    "затрач",
    "потрач",
    "списан",
    "стоимост",
    "оплат",
    "оплач",
)
_PURPOSE = ("на", "за")
#: One of what a price is of: no part of a cost.
_ONE = frozenset(
    [
        "клик",
        "клика",
        "конверсию",
        "конверсии",
        "лид",
        "лида",
        "цель",
        "показ",
        "показа",
        "заявку",
        "обращение",
        "обращения",
        "контакт",
        "контакта",
        "звонок",
        "звонка",
        "подписчика",
        "подписку",
        "визит",
        "визита",
        "посетителя",
        "пациента",
        "запись",
        "1000",
        "1",
        "click",
        "lead",
        "conversion",
    ]
)
#: Beginnings of words of a sum of all days before.
_RUNNING = ("нараст", "накоп", "cumul", "running")
#: Beginnings of words of what is paid to who brought a patient.
_FEES = (
    "вознагражд",
    "комисс",
    "списан",
    "тариф",
    "абонент",
    "fee",
    "commission",
    "charge",
    "оплат",
)
#: Of what was paid for, and of what was only billed.
_PAID_FOR, _BILLED = ("оплач", "оплат"), ("начисл", "счет", "выставл", "акт", "сумм", "стоимост")
#: And of all that was paid.
_ALL_PAID = ("итог", "всего", "оплат", "расход", "затрат", "списан", "total", "сумм", "стоимост")
#: Names of a cost that a price or a budget may have, too.
_VAGUE = frozenset(map(plain, ("стоимость", "сумма", "бюджет", "cost")))
#: So much of a column of sums are sums, and so few kopecks may a whole be apart from its parts.
_MOST, _ROUNDED = 0.8, 2
#: A whole is looked for among so many columns.
_MOST_COLUMNS = 12
#: So many rows show that a column adds up another; of whole numbers so few are counts.
_FEWEST, _PLAIN = 3, 0.5


def settle_costs(decision: Decision) -> None:
    """Take what was spent where no header is a cost, and the whole where VAT stands beside it."""
    if "cost" in decision.source_columns:
        return
    if not decision.has(("cost",)):
        _by_purposes(decision)
    places = decision.columns.get("cost", ())
    if len(places) != 1:
        return
    for other in sums(decision):
        if _adds_up(decision, places[0], other):
            _tell_running(decision, places[0])
            decision.take("cost", (other,), Reason(0.8, "складывается в нарастающий итог"))
            return
        if _adds_up(decision, other, places[0]):
            _tell_running(decision, other)
            decision.free.discard(other)
    for whole, others in wholes(decision, places[0]):
        if all(speaks_of(decision, i, ("ндс", "vat")) for i in others):
            names = [f"«{mask(decision.heads[i].shown)}»" for i in (whole, places[0], *others)]
            decision.take("cost", (whole,), Reason(0.9, "сумма вместе с НДС, по числам"))
            decision.notes.append(
                f"Расход взят вместе с НДС: {names[0]} – это {' + '.join(names[1:])}."
            )
            return


def _by_purposes(decision: Decision) -> None:
    """«Расходы на размещение», «Расходы на продвижение» are parts of a cost that has no column; of
    several other sums nobody knows which was spent."""
    places = [i for i in sums(decision) if speaks_of(decision, i, _SPENT)]
    places = [i for i in places if not _is_price(decision, i)]
    running = [
        i for i in places
        if speaks_of(decision, i, _RUNNING) or any(_adds_up(decision, i, of) for of in places)
    ]  # fmt: skip
    places = [i for i in places if i not in running]
    for place in running:
        _tell_running(decision, place)
    if not places and (only := _sums_alone(decision)):
        decision.by_cells("cost", only[0], "единственный столбец сумм")
    alone = len(places) == 1 and not set(fees(decision)).difference(places)
    if alone or (places and all(_has_purpose(decision, i) for i in places)):
        decision.take("cost", places, Reason(0.7, "название столбца: на что ушёл расход"))


def _tell_running(decision: Decision, place: int) -> None:
    decision.notes.append(
        f"Столбец «{mask(decision.heads[place].shown)}» не взят: это сумма всех дней до него."
    )


def _adds_up(decision: Decision, place: int, of: int) -> bool:
    """Whether a column grows row by row by what another one says, at most once a month anew."""
    total, part = _kopecks(decision.looks[place]), _kopecks(decision.looks[of])
    if place == of or len(total) < _FEWEST or (total == part).all():
        return False
    grows = np.diff(total) == part[1:]
    anew = (total == part)[1:]
    return bool((grows | anew).all() and grows.sum() > anew.sum())


def _sums_alone(decision: Decision) -> list[int]:
    """The only column of sums, where it shows kopecks, thousands or roubles: «Сколько»."""
    every = sums(decision)
    is_money = len(every) == 1 and decision.looks[every[0]].share("whole") < _PLAIN
    return every if is_money and not _is_price(decision, every[0]) else []


def rival_costs(decision: Decision, place: int) -> list[int]:
    """Free columns that may be what was spent as well as the one at a place: all that was paid, of which
    it is a part, and what somebody takes, where it is called as a price or a budget may be."""
    paid = [i for i, _ in wholes(decision, place) if speaks_of(decision, i, _ALL_PAID)]
    if speaks_of(decision, place, _PAID_FOR):
        paid += [i for i in sums(decision) if speaks_of(decision, i, _BILLED) and i not in paid]
    return paid + (fees(decision) if decision.heads[place].key in _VAGUE else [])


def fees(decision: Decision) -> list[int]:
    """Free columns of what an aggregator or an agency takes: money, beside a price or a budget."""
    return [i for i in sums(decision) if speaks_of(decision, i, _FEES)]


def _is_price(decision: Decision, place: int) -> bool:
    """Whether a header speaks of one of something: «Расход на клик», «Стоимость лида»."""
    return not _ONE.isdisjoint(letters(decision.heads[place].shown))


def _has_purpose(decision: Decision, place: int) -> bool:
    """Whether a header says on what money was spent, or that it is all of it."""
    words = letters(decision.heads[place].shown)
    return any(word in _PURPOSE for word in words) or _is_total(words)


def _is_total(words: Iterable[str]) -> bool:
    return any(word.startswith(("всего", "итог", "вместе", "общ", "total")) for word in words)


def wholes(decision: Decision, place: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(a free column, those it adds) of every sum that is a column's and one or two others', row by row."""
    cost = _kopecks(decision.looks[place])
    free = {
        i: _kopecks(decision.looks[i])
        for i in sorted(decision.free)[:_MOST_COLUMNS]
        if decision.looks[i].share("sum") >= _MOST
    }
    free = {i: money for i, money in free.items() if money.any()}
    for whole, money in free.items():
        rest = [i for i in free if i != whole]
        for others in (*combinations(rest, 1), *combinations(rest, 2)):
            added = np.asarray(cost + sum(free[i] for i in others))
            if (np.abs(money - added) <= _ROUNDED).all() and money.sum() > cost.sum() > 0:
                yield whole, others


def _kopecks(look: Look) -> Ints:
    return sums_of(look.text)[0]
