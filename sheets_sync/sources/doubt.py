"""Windows that came back suspiciously empty: when they are, and when they are believed after all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from metrics.schema import ENTITIES
from sheets_sync.errors import SourceError
from sheets_sync.sources.connector import Window, midnight
from sheets_sync.sources.harvest import Crop
from sheets_sync.sources.source import Context

#: A closed window that held so many rows and now gives under half of them is suspicious, and is
#: believed when it comes back so on so many days.
MANY, _BELIEVED = 20, 3
#: So many changed rows, not one of which can be read, are no accident.
_SOME = 3
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def is_suspicious(crop: Crop, window: Window, context: Context) -> bool:
    """Whether a window gives under half of the rows that the store has of its past days."""
    if context.stored is None:
        return False
    today = midnight(context.clock.today(context.zone), context.zone)
    end = min(window.end, today)
    before = context.stored.count(crop.entity, window.begin, end) if end > window.begin else 0
    spec = ENTITIES[crop.entity]
    when = crop.read.frame[spec.when]
    edge = (
        end.astimezone(context.zone).replace(tzinfo=None)
        if spec.column(spec.when).kind == "day"
        else end
    )
    return before >= MANY and int((when < edge).sum()) * 2 < before


def unread(crop: Crop, window: Window, context: Context, *, whole: bool) -> SourceError | None:
    """The error of an answer of which not one row tells its number or its time, as rows of this source
    did before: a field has another name, and that is no reason to let stored rows go."""
    stored, spec = context.stored, ENTITIES[crop.entity]
    examples = crop.read.quarantine.examples()
    odd = bool(examples) and all(e[2] in {spec.key, spec.when} for e in examples)
    if stored is None or not odd or len(crop.read.frame) or crop.count < (1 if whole else _SOME):
        return None
    since = window.begin if whole else _EVER
    if not stored.count(crop.entity, since, window.end):
        return None
    return SourceError(
        f"ни одной строки из {crop.count} не прочесть ({crop.entity}, столбец «{examples[0][2]}»: "
        f"{examples[0][4]}): сервис сменил ответы; прежние строки оставлены.",
        hint="Напишите нам: в «Журнале» стоят примеры отказанных строк.",
        permanent=False,
    )


def is_believed(state: dict[str, Any], entity: str, today: date) -> bool:
    """Whether it has come back so on enough days; `today`, which `state` remembers, is one."""
    empty = state["empty"]
    empty[entity] = sorted({*empty.get(entity, []), today.isoformat()})
    state["doubted"] = sorted({*state.get("doubted", []), entity})
    return len(empty[entity]) >= _BELIEVED


def too_few(window: Window) -> SourceError:
    """The error of a source whose window is not believed yet."""
    return SourceError(
        f"за {window.first:%d.%m.%Y} – {window.last:%d.%m.%Y} пришло подозрительно мало строк, "
        "дважды подряд; прежние строки оставлены.",
        hint="Проверьте в кабинете сервиса. Если строк и правда столько, повторите с --full; "
        "на третий день так и будет принято.",
        permanent=False,
    )
