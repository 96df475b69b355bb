"""What a person is asked where a file cannot be understood: all at once, with the lines to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import NEEDED, alias_list
from sheets_sync.reading.free_columns import dates, sums
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.words import plain

_MOST_SHOWN = 600
#: Of the names that one column may have so many are told, the likeliest.
_MOST_NAMES = 5
#: A platform to be written, for example.
#: How a plain header begins that numbers rows or bills.
_NUMBERED = (plain("номер"), plain("п п"))
_ANY_PLATFORM = {"reviews": "=ПроДокторов"}


class LackingError(FileError):
    """Raised for a table that lacks what an entity needs; `headers` are its own, to be compared."""

    def __init__(self, message: str, headers: Sequence[str], where: str, hint: str) -> None:
        super().__init__(message, where=where, hint=hint)
        self.headers = tuple(headers)


def nothing_found(entity: str, where: str) -> FileError:
    """No row of a sheet names a single column of an entity."""
    needs = "; ".join(alias_list(group[:_MOST_NAMES], entity) for group in NEEDED[entity])
    return FileError(
        "не нашёл строку с названиями столбцов.", where=where, hint=f"Нужны как минимум: {needs}."
    )


def lacking(decision: Decision, row: int, where: str) -> FileError:
    """Everything that a header lacks, what it has, and the lines that would help."""
    missing = decision.missing()
    named = [group[0] for group in missing if group[0] in decision.source_columns]
    # One word alone may be a cell of data that happens to be called like a column.
    sure = len(decision.columns) > 1
    headers = _listed(h.shown for h in decision.heads if h.shown) if sure else "не показываю"
    if named:
        wrong = "; ".join(f"«{mask(decision.source_columns[n])}» ({n})" for n in named)
        return FileError(
            f"нет столбца {wrong}, а он назван в [source.columns]. Нашёл: {headers}.",
            where=where,
            hint="Исправьте название в файле клиники.",
        )
    several = "столбец" if len(missing) == 1 else "столбцы:"
    names = "; ".join(" или ".join(group[:_MOST_NAMES]) for group in missing)
    needs = "; ".join(alias_list(group[:_MOST_NAMES], decision.entity) for group in missing)
    return LackingError(
        f"не нашёл {several} {names}. В строке {row + 1} нашёл: {headers}.{_understood(decision, sure)}",
        headers=[h.shown for h in decision.heads if h.shown],
        where=where,
        hint=f"Ожидал {needs}. Если столбец называется иначе, {_to_write(decision, missing)}",
    )


def _to_write(decision: Decision, missing: Sequence[tuple[str, ...]]) -> str:
    lines = [line for group in missing for line in _lines(decision, group)]
    return to_write("columns", *lines, there=decision.source_columns)


def _understood(decision: Decision, sure: bool) -> str:  # noqa: FBT001 (one caller, beside it)
    pairs = [
        f"«{mask(decision.heads[places[0]].shown)}» – {name}"
        for name, places in decision.columns.items()
    ]
    meanings = f" Понял: {', '.join(pairs)}." if sure and pairs else ""
    return meanings + (_not_taken(decision) if sure else "")


def _not_taken(decision: Decision) -> str:
    """Columns that are called like one that lacks, and hold other things."""
    reasons = [
        f"«{mask(decision.heads[place].shown)}» {reason.why}"
        for place, reason in sorted(decision.reasons.items())
        if not reason.certainty and not decision.has((reason.rival,))
    ]
    return f" Не взял: {'; '.join(reasons)}." if reasons else ""


def _lines(decision: Decision, group: tuple[str, ...]) -> list[str]:
    """The lines to write for one missing group, with the columns that it may be."""
    name = group[0]
    if name == "platform":
        return [
            column_line(
                name,
                _ANY_PLATFORM.get(decision.entity, "=Яндекс Директ"),
                remark="площадка всего файла; или название столбца",
            )
        ]
    if name == "status" and decision.entity == "appointments":
        return [column_line(name, remark='или "=completed", если в файле одни состоявшиеся приёмы')]
    kind = next((c.kind for c in ENTITIES[decision.entity].columns if c.name == name), "")
    places = (
        dates(decision) if kind in {"time", "day"} else sums(decision) if kind == "kopecks" else []
    )
    if kind == "kopecks":  # numbers without kopecks may be anything
        places = [i for i in places if not decision.heads[i].key.startswith(_NUMBERED)]
        places = sorted(places, key=lambda i: decision.looks[i].share("whole"))
    shown = [mask(decision.heads[i].shown) for i in places[:3]]
    if name == "amount" and not shown and "price" in decision.columns:
        title = mask(decision.heads[decision.columns["price"][0]].shown)
        remark = "если это и есть оплаченное: цена и начисленное – ещё не деньги"
        return [column_line(name, title, remark=remark)]
    if len(shown) > 1:
        others = ", ".join(f"«{title}»" for title in shown[1:])
        return [column_line(name, shown[0], remark=f"или {others}")]
    if not shown and name == "paid_at":
        return [column_line(name, remark='или "=28.02.2026": день всего файла')]
    if not shown and name == "date_from":
        return [
            column_line(name, "=01.02.2026", remark="первый день файла; или название столбца"),
            column_line("date_to", "=28.02.2026", remark="последний день файла"),
        ]
    return [column_line(name, *shown)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"«{mask(name)}»" for name in names)[:_MOST_SHOWN]
