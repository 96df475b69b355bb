"""What cells alone say of columns: dates and phones under strange names, booking and visit in turn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pyarrow as pa

from metrics.schema import ENTITIES
from metrics.wording import percent
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import NEEDED, other
from sheets_sync.reading.dates import DateOrderError, Ints, moments
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, Reason, candidates
from sheets_sync.reading.words import ARROWS, letters, meaning

#: Cells of a kind that say what a column is whose header is unknown.
_ENOUGH = 0.9
#: Beginnings of words in a header that are the entity's own, and of dates that are never wanted.
_OWN = {
    "leads": ("созд", "обращ", "заяв", "лид", "поступ"),
    "appointments": ("прием", "визит", "посещ", "сеанс", "запис"),
    "payments": ("опла", "плат", "чек", "операц"),
    "calls": ("звон", "вызов"),
}
_NEVER = (
    "рожд",
    "оконч",
    "конец",
    "измен",
    "обнов",
    "закры",
    "срок",
    "действ",
    "след",
    "редакт",
    "birth",
)
#: Beginnings of words in a header of dates that stand beside a visit and are none.
_NO_VISIT = (
    "опла",
    "плат",
    "счет",
    "чек",
    "договор",
    "звон",
    "напомин",
    "подтв",
    "отмен",
    "перен",
    "смс",
)
#: Words of a header that speak of the clinic's own number.
_CLINICS = (
    "виртуал",
    "подмен",
    "клиник",
    "компани",
    "филиал",
    "врач",
    "менедж",
    "сотрудник",
    "оператор",
    "линия",
    "did",
)
#: Beginnings of words that say who called whom.
_DIRECTIONS = (
    "вход",
    "исход",
    "внутр",
    "incom",
    "inbound",
    "outgo",
    "outbound",
    "internal",
    *ARROWS,
)
_SAID = {"date": "даты", "phone": "телефоны", "email": "e-mail"}


def settle(decision: Decision) -> None:
    """Take what the cells say where headers do not, and turn over what they contradict."""
    if decision.entity == "appointments":
        _booking_and_visit(decision)
    if (
        decision.entity == "costs"
        and not decision.has(("date_from",))
        and "year" in decision.columns
    ):
        decision.columns["date_from"] = decision.columns.pop("year")
    for group in NEEDED[decision.entity]:
        if not decision.has(group):
            _find(decision, group)
    if decision.entity in {"leads", "calls"} and not decision.has(("phone", "email", "person_key")):
        _find(decision, ("phone",))
    if decision.entity == "calls":
        _direction_of_call(decision)
        _status_of_call(decision)


def _find(decision: Decision, group: tuple[str, ...]) -> None:
    """One column, whose header says nothing, that gives a name of a group by its cells."""
    entity, name = decision.entity, group[0]
    kind = next((c.kind for c in ENTITIES[entity].columns if c.name == name), "")
    if kind in {"time", "day"}:
        _take_only(decision, name, dates(decision), "date")
    elif "phone" in group:
        for one, look in (("phone", _phones), ("email", _emails)):
            if not decision.has(group):
                places = _such(decision, look, never=_CLINICS)
                _take_only(decision, one, _most_distinct(decision, places), one)
    elif entity == "appointments" and "status" in group:
        places = _such(decision, lambda look: look.words("appointment_status"), 0.8)
        _take_only(decision, "status", places, "слова о приёме")


def dates(decision: Decision) -> list[int]:
    """Free columns of dates; of several those whose header speaks of the entity."""
    places = _such(decision, lambda look: look.share("date"), never=_NEVER, known=other("dates"))
    own = [i for i in places if _speaks_of(decision, i, _OWN.get(decision.entity, ()))]
    return own if len(own) == 1 else places


def sums(decision: Decision) -> list[int]:
    """Free columns of sums, none of a known kind that is no payment and no cost."""
    return _such(decision, lambda look: look.share("sum"), known=other("sums"))


def _phones(look: Look) -> float:
    return look.phones if look.distinct > 1 or look.filled == 1 else 0.0


def _emails(look: Look) -> float:
    return look.share("email")


def _such(
    decision: Decision,
    share: Callable[[Look], float],
    least: float = _ENOUGH,
    never: tuple[str, ...] = (),
    known: frozenset[str] = frozenset(),
) -> list[int]:
    """Free columns most of whose cells are such, but those whose header says otherwise."""
    return [
        i
        for i in sorted(decision.free)
        if decision.looks[i].filled
        and share(decision.looks[i]) >= least
        and not known.intersection(decision.heads[i].ranks)
        and not _speaks_of(decision, i, never)
    ]


def _speaks_of(decision: Decision, place: int, starts: tuple[str, ...]) -> bool:
    return (
        any(word.startswith(starts) for word in letters(decision.heads[place].shown))
        if starts
        else False
    )


def _most_distinct(decision: Decision, places: list[int]) -> list[int]:
    """Of several columns of phones the one with by far the most people: lines of a clinic repeat."""
    ranked = sorted(places, key=lambda i: -decision.looks[i].distinct)
    looks = [decision.looks[i].distinct for i in ranked[:2]]
    return ranked[:1] if len(looks) == 2 and looks[0] >= 2 * looks[1] else places


def _take_only(decision: Decision, name: str, places: list[int], kind: str) -> None:
    """Take a column that is the only one of its kind."""
    if len(places) == 1:
        decision.by_cells(name, places[0], _SAID.get(kind, kind))


def _booking_and_visit(decision: Decision) -> None:
    """Which of two dates is the booking and which the visit: a booking does not follow its visit."""
    if "starts_at" in decision.given or "booked_at" in decision.given:
        return
    columns = decision.columns
    if "starts_at" not in columns:
        _by_order(decision)
    if "starts_at" not in columns and "booked_at" in columns:
        visit = columns.pop("booked_at")
        more = candidates(decision, "booked_at")
        decision.take("starts_at", visit, Reason(0.8, "единственная дата записи"))
        if more:
            decision.take("booked_at", more[:1], Reason(0.8, "название столбца"))
    if "starts_at" not in columns or "booked_at" not in columns:
        return
    visit, booking = columns["starts_at"], columns["booked_at"]
    read = [days(decision.looks[places[0]]) for places in (booking, visit)]
    both = (read[0] >= 0) & (read[1] >= 0)
    late = float(np.mean(read[0][both] > read[1][both])) if both.any() else 0.0
    early = float(np.mean(read[0][both] < read[1][both])) if both.any() else 0.0
    if late > max(0.2, 2 * early):
        names = [mask(decision.heads[places[0]].shown) for places in (booking, visit)]
        why = f"по датам: «{names[0]}» позже, чем «{names[1]}», в {percent(late)} строк"
        decision.take("starts_at", booking, Reason(0.7, why, "booked_at"))
        decision.take("booked_at", visit, Reason(0.7, why, "starts_at"))
        decision.notes.append(
            f"За дату приёма взят столбец «{names[0]}», за дату записи «{names[1]}»: запись не бывает "
            f"позже приёма, а «{names[0]}» позже в {percent(late)} строк. Если это не так, назовите "
            "столбцы starts_at и booked_at в [source.columns]."
        )


def _by_order(decision: Decision) -> None:
    """Of two dates, one of which at most is called the booking, the later is the visit."""
    booking = decision.columns.get("booked_at", ())
    never = (*_NEVER, *_NO_VISIT)
    free = _such(decision, lambda look: look.share("date"), never=never, known=other("dates"))
    if len(booking) > 1 or len(free) + len(booking) != 2:
        return
    one, two = sorted((*booking, *free))
    first, second = days(decision.looks[one]), days(decision.looks[two])
    both = (first >= 0) & (second >= 0)
    sign = np.sign(second - first)[both]
    if not sign.any() or not ((sign >= 0).all() or (sign <= 0).all()):
        return
    booked, visit = (one, two) if sign.sum() > 0 else (two, one)
    decision.columns.pop("booked_at", None)
    names = [mask(decision.heads[i].shown) for i in (visit, booked)]
    why = f"по датам: «{names[0]}» нигде не раньше, чем «{names[1]}»"
    decision.take("starts_at", (visit,), Reason(0.7, why, "booked_at"))
    decision.take("booked_at", (booked,), Reason(0.7, why, "starts_at"))
    decision.notes.append(
        f"За дату приёма взят столбец «{names[0]}», за дату записи «{names[1]}»: он нигде не раньше. Если это "
        "не так, назовите столбцы starts_at и booked_at в [source.columns]."
    )


def days(look: Look) -> Ints:
    """Days since 1970 of a column's cells; below 0 where a cell is no date."""
    none = np.full(len(look.text), -1, dtype=np.int64)
    with suppress(DateOrderError):
        read = moments(look.text)
        return np.where(read.ok, read.local // 86_400_000_000, none)
    return none


def _status_of_call(decision: Decision) -> None:
    """One column may say both: «Входящий принятый», «Пропущенный»."""
    places = decision.columns.get("call_direction", decision.columns.get("status"))
    if places is None or {"call_direction", "status"} <= {*decision.columns, *decision.given}:
        return
    words = _words(decision, places[0])
    missing = "status" if "status" not in decision.columns else "call_direction"
    table = "call_status" if missing == "status" else "call_direction"
    if missing == "call_direction" and not _say_direction(words):
        return
    if words and sum(bool(meaning(w, table)) for w in words) * 2 >= len(words):
        decision.columns[missing] = places


def _words(decision: Decision, place: int) -> list[str]:
    return list(pa.compute.unique(decision.looks[place].cells).to_pylist()[:60])


def _say_direction(words: list[str]) -> bool:
    """Whether any of some words is «входящий» or «исходящий»; «пропущен» alone only implies it."""
    return any(part.startswith(_DIRECTIONS) for text in words for part in letters(text))


def _direction_of_call(decision: Decision) -> None:
    """A column of «входящий» and «исходящий» under a name that nobody knows."""
    if decision.has(("call_direction",)) or "call_direction" in decision.given:
        return
    nameless = {i for i, head in enumerate(decision.heads) if not head.shown}
    decision.free |= nameless
    places = _such(decision, lambda look: look.words("call_direction"))
    decision.free -= nameless
    places = [i for i in places if _say_direction(_words(decision, i))]
    _take_only(decision, "call_direction", places, "входящие и исходящие")
