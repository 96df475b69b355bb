"""What a person is asked where a file cannot be understood: all at once, with the lines to write."""

from __future__ import annotations

from collections.abc import Iterable

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import NEEDED, alias_list
from sheets_sync.reading.free_columns import dates, sums
from sheets_sync.reading.meaning import Decision

_MOST_SHOWN = 600
#: Of the names that one column may have so many are told, the likeliest.
_MOST_NAMES = 5


def nothing_found(entity: str, where: str) -> FileError:
    """No row of a sheet names a single column of an entity."""
    wanted = "; ".join(alias_list(group[:_MOST_NAMES], entity) for group in NEEDED[entity])
    return FileError(
        "не нашёл строку с названиями столбцов.", where=where, hint=f"Нужны как минимум: {wanted}."
    )


def lacking(decision: Decision, row: int, where: str) -> FileError:
    """Everything that a header lacks, what it has, and the lines that would help."""
    missing = decision.missing()
    named = [group[0] for group in missing if group[0] in decision.given]
    # One word alone may be a cell of data that happens to be called like a column.
    sure = len(decision.columns) > 1
    found = _listed(h.shown for h in decision.heads if h.shown) if sure else "не показываю"
    if named:
        wrong = "; ".join(f"«{mask(decision.given[n])}» ({n})" for n in named)
        return FileError(
            f"нет столбца {wrong}, а он назван в [source.columns]. Нашёл: {found}.",
            where=where,
            hint="Исправьте название в файле клиники.",
        )
    several = "столбец" if len(missing) == 1 else "столбцы:"
    names = "; ".join(" или ".join(group[:_MOST_NAMES]) for group in missing)
    wanted = "; ".join(alias_list(group[:_MOST_NAMES], decision.entity) for group in missing)
    return FileError(
        f"не нашёл {several} {names}. В строке {row + 1} нашёл: {found}.{_understood(decision, sure)}",
        where=where,
        hint=f"Ожидал {wanted}. Если столбец называется иначе, допишите в файл клиники под этим "
        f"[[source]]: [source.columns] {' и '.join(_line(decision, group) for group in missing)}.",
    )


def _understood(decision: Decision, sure: bool) -> str:  # noqa: FBT001 (one caller, beside it)
    pairs = [
        f"«{mask(decision.heads[places[0]].shown)}» – {name}"
        for name, places in decision.columns.items()
    ]
    taken = f" Понял: {', '.join(pairs)}." if sure and pairs else ""
    return taken + (_not_taken(decision) if sure else "")


def _not_taken(decision: Decision) -> str:
    """Columns that are called like one that lacks, and hold other things."""
    found = [
        f"«{mask(decision.heads[place].shown)}» {reason.why}"
        for place, reason in sorted(decision.reasons.items())
        if not reason.certainty and not decision.has((reason.rival,))
    ]
    return f" Не взял: {'; '.join(found)}." if found else ""


def _line(decision: Decision, group: tuple[str, ...]) -> str:
    """The line to write for one missing group, with the columns that it may be."""
    name = group[0]
    if name == "platform":
        return 'platform = "=Яндекс Директ" (если весь файл об одной площадке) или platform = "название столбца"'
    kind = next((c.kind for c in ENTITIES[decision.entity].columns if c.name == name), "")
    places = (
        dates(decision) if kind in {"time", "day"} else sums(decision) if kind == "kopecks" else []
    )
    if not places:
        return f'{name} = "название столбца"'
    return " или ".join(f'{name} = "{mask(decision.heads[i].shown)}"' for i in places[:3])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"«{mask(name)}»" for name in names)[:_MOST_SHOWN]
