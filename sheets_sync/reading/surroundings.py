"""What stands around a table stands for columns it lacks: its platform, its period, its currency."""

from __future__ import annotations

import re

from metrics.schema import ENTITIES
from sheets_sync.privacy.personal import mask, mask_title
from sheets_sync.reading.meaning import Decision, Reason
from sheets_sync.reading.money import ROUBLE, currency, unit
from sheets_sync.reading.periods import period, period_inside, year_inside
from sheets_sync.reading.systems import Place, System, platform_names, systems_of
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.within import find_day
from sheets_sync.reading.words import letters, plain

_CURRENCY = re.compile(r"\b(?:валюта|currency)\b\W*(\w+|[$€₽₸])", re.IGNORECASE)
_MONEY_WORDS = ("руб", "₽", "rub", "коп", "сумм")
_NET = ("без ндс", "без учета ндс", "не включая ндс")
_GROSS = ("с ндс", "включая ндс", "с учетом ндс", "в т ч ндс")


def complete(decision: Decision, place: Place) -> System | None:
    """Give a decision what its surroundings say, and tell of it; the system that the export is of."""
    keys = [key for head in decision.heads for key in head.ranks]
    systems = systems_of(place, keys)
    if decision.entity in {"costs", "phrases", "reviews"}:
        _platform(decision, systems)
    if decision.entity in {"costs", "phrases"}:
        _period(decision, place)
        _currency(decision, place)
    if decision.entity in {"appointments", "payments", "calls", "leads"}:
        find_day(decision, place)
    if decision.entity == "payments":
        _refunds_alone(decision, place)
    if systems and systems[0][0].advances_are_used and "paid_prepayment" in decision.columns:
        _used_advances(decision)
    return systems[0][0] if systems else None


def _refunds_alone(decision: Decision, place: Place) -> None:
    """A sheet or a file called «Возвраты» holds nothing else."""
    names = (letters(place.sheet), letters(place.file))
    if any(words[:1] and words[0].startswith("возврат") for words in names) and not decision.has(
        ("kind", "refund")
    ):
        decision.constants["kind"] = "refund"
        where = mask_title(place.sheet or place.file)
        decision.notes.append(
            f"«{where}»: строки приняты как возвраты. Если это не так: "
            + to_write("columns", column_line("kind", "=payment"), there=decision.source_columns)
        )


def _used_advances(decision: Decision) -> None:
    """«Аванс» among the sums of a receipt is what was paid before (its tag 1215)."""
    places = decision.columns.pop("paid_prepayment")
    decision.take("paid_balance", places, Reason(0.8, "в чеке аванс – это зачёт прежней оплаты"))
    decision.notes.append(
        f"Столбец «{mask(decision.heads[places[0]].shown)}» чека принят за зачёт аванса: это не новые деньги. Если "
        f"они пришли: {to_write('columns', column_line('paid_prepayment', mask(decision.heads[places[0]].shown)), there=decision.source_columns)}"
    )


def unit_above(decision: Decision, place: Place) -> int:
    """What a sum is worth in kopecks by the lines above the header: «Оплаты, тыс. руб.»; told."""
    for line in place.title:
        words = letters(line)
        if (size := unit(words).kopecks) != ROUBLE and any(
            w.startswith(_MONEY_WORDS) for w in words
        ):
            decision.notes.append(f"Суммы названы в заголовке: «{mask(line)}»; они приняты так.")
            return size
    return ROUBLE


def _platform(decision: Decision, systems: list[tuple[System, str]]) -> None:
    if decision.has(("platform", "utm_source")) or "platform" in decision.source_columns:
        return
    _by_names(decision)
    cabinets = [(system, why) for system, why in systems if system.platform]
    if not decision.has(("platform",)) and len(cabinets) == 1:
        system, why = cabinets[0]
        decision.constants["platform"] = system.platform
        decision.notes.append(
            f"Площадка не названа в столбце; похоже, это {system.platform} ({why}). Если это не так: "
            + to_write(
                "columns",
                column_line("platform", "=название площадки"),
                there=decision.source_columns,
            )
        )


def _by_names(decision: Decision) -> None:
    """A column whose cells are names of platforms, whatever its header is."""
    for place in sorted(decision.free):
        cells = set(map(plain, decision.looks[place].cells.unique().to_pylist()[:60]))
        if cells and 2 * len(cells & platform_names()) >= len(cells):
            decision.by_cells("platform", place, "названия площадок")
            return


def _period(decision: Decision, place: Place) -> None:
    """The days of rows that have no column of days."""
    when = ENTITIES[decision.entity].when
    if decision.has((when,)) or when in decision.source_columns or decision.entity != "costs":
        return
    year = year_inside(place.sheet, *place.title, place.file)
    lines = [(f"заголовок «{mask(line)}»", line) for line in place.title]
    lines += [
        (f"лист «{mask_title(place.sheet)}»", place.sheet),
        (f"файл «{place.file}»", place.file),
    ]
    for where, text in lines:
        whole = period(text, year)
        if ends := whole if whole[0][4:5] == "-" else period_inside(text, year):
            decision.constants |= {"date_from": ends[0], "date_to": ends[1]}
            decision.notes.append(
                f"Дат в столбцах нет; период {ends[0]} – {ends[1]} назван снаружи ({where}), расход разложен "
                "по его дням поровну."
            )
            return


def _currency(decision: Decision, place: Place) -> None:
    """«Валюта: USD, без НДС» above the header is said of every row."""
    for line in place.title:
        if not decision.has(("currency",)) and (match := _CURRENCY.search(line)):
            decision.constants["currency"] = currency(match[1])
        text = " ".join(letters(line))
        for phrases, word in ((_NET, "нет"), (_GROSS, "да")):
            if any(p in text for p in phrases) and not decision.has(("vat_included",)):
                decision.constants["vat_included"] = word
