"""What cells alone say of columns: dates and phones under strange names, booking and visit in turn."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from metrics.schema import ENTITIES
from metrics.wording import percent
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import NEEDED, PAID, WHOLES, other
from sheets_sync.reading.cost_columns import settle_costs
from sheets_sync.reading.dates import DateOrderError, Ints, clock_times, moments
from sheets_sync.reading.free_columns import NEVER, dates, speaks_of, such, sums, take_only
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, Reason, candidates
from sheets_sync.reading.review_answers import answers
from sheets_sync.reading.spelled import clock
from sheets_sync.reading.values import has_text, map_cells
from sheets_sync.reading.values import sums as sums_of
from sheets_sync.reading.within import find_person
from sheets_sync.reading.word_evidence import settle_answers, settle_words
from sheets_sync.reading.words import plain

#: Beginnings of words in a header of what came of a visit, and of what sort it was.
_STATES = ("статус", "состоян", "итог", "результ", "явк", "отметк", "status", "state", "outcome")
_SORTS = ("тип", "вид", "type", "kind")
#: Microseconds of a day, and of how many rows the days must agree.
_DAY = 86_400_000_000
_ENOUGH_DAYS = 0.99
#: Beginnings of words in a header of the first and of the last touch.
_TOUCHES = (("перв", "first"), ("послед", "last"))
#: Beginnings of words in a header of dates that stand beside a visit and are none.
NO_VISIT = (
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
#: Beginnings of words in a header of a clock that is no beginning of a visit.
_OTHER_TIMES = ("длит", "продолж", "ожид", "созд", "звон", "измен", "оконч", "конец", "duration")
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


def settle(decision: Decision) -> None:
    """Take what the cells say where headers do not, and turn over what they contradict."""
    if decision.entity == "appointments":
        _booking_and_visit(decision)
    is_cost = decision.entity == "costs"
    if is_cost and "year" in decision.columns and not decision.has(("date_from",)):
        decision.columns["date_from"] = decision.columns.pop("year")
    if decision.entity == "payments":
        _card_of_patient(decision)
        _day_of_refunds(decision)
    settle_answers(decision)
    for group in NEEDED[decision.entity]:
        if not decision.has(group):
            _find(decision, group)
    if decision.entity in {"leads", "calls"} and not decision.has(("phone", "email", "person_key")):
        _find(decision, ("phone",))
    if decision.entity == "costs":
        settle_costs(decision)
    if decision.entity == "reviews" and not decision.has(("answered_at",)):
        take_only(decision, "answered_at", answers(decision), "ответы")
    if decision.entity == "appointments":
        _clock_beside(decision)
    settle_words(decision)


def _day_of_refunds(decision: Decision) -> None:
    """Where a table holds refunds alone, their day is that of the row."""
    if not decision.has(("paid_at",)) and "refund_at" in decision.columns:
        decision.columns["paid_at"] = decision.columns.pop("refund_at")


def _card_of_patient(decision: Decision) -> None:
    """«Карта» is the patient's where a file names nobody else and it is no part of a sum."""
    places = decision.columns.get("paid_card", ())
    if decision.has(("patient_id", "phone", "email", "paid_cash")) or len(places) != 1:
        return
    look, whole = decision.looks[places[0]], next((n for n in WHOLES if n in decision.columns), "")
    is_card = decision.heads[places[0]].key == plain("карта") and look.share("whole") == 1
    if not whole or not is_card or "paid_card" in decision.source_columns:
        return
    money = sums_of(decision.looks[decision.columns[whole][0]].text)[0]
    if not (money == sums_of(look.text)[0]).any():
        del decision.columns["paid_card"]
        decision.by_cells("patient_id", places[0], "номера, а не части суммы")


def _find(decision: Decision, group: tuple[str, ...]) -> None:
    """One column, whose header says nothing, that gives a name of a group by its cells."""
    entity, name = decision.entity, group[0]
    kind = next((c.kind for c in ENTITIES[entity].columns if c.name == name), "")
    if kind in {"time", "day"}:
        places = _beginnings(decision, dates(decision))
        take_only(decision, name, _first_touch(decision, places), "date")
    elif entity == "payments" and kind == "kopecks":
        places = [i for i in sums(decision) if speaks_of(decision, i, (*PAID, "факт"))]
        take_only(decision, "sum_paid", places, "суммы, название – об оплате")
        if not places:
            take_only(decision, "sum_plain", _products(decision), "цена, умноженная на количество")
        if (
            not places
            and not decision.has(group)
            and "refund" in decision.columns
            and not decision.has(("kind",))
        ):
            decision.columns["sum_plain"] = decision.columns.pop("refund")
            decision.constants["kind"] = "refund"
    elif "phone" in group:
        for one, look in (("phone", _phones), ("email", _emails)):
            if not decision.has(group):
                places = such(decision, look, never=_CLINICS)
                take_only(decision, one, _most_distinct(decision, places), one)
        if not decision.has(group) and entity in {"appointments", "payments"}:
            find_person(decision)
    elif entity == "appointments" and "status" in group:
        places = such(decision, lambda look: look.words("appointment_status"), 0.8, never=_SORTS)
        own = [i for i in places if speaks_of(decision, i, _STATES)]
        take_only(decision, "status", own or places, "слова о приёме")


def _products(decision: Decision) -> list[int]:
    """Columns of sums that are the price by the quantity, row by row."""
    places = [decision.columns.get(name, ()) for name in ("price", "quantity")]
    if not all(places):
        return []
    price, many = (sums_of(decision.looks[p[0]].text)[0] for p in places)
    if (many == 100).all():
        return []
    return [
        i for i in sums(decision)
        if (np.abs(sums_of(decision.looks[i].text)[0] - price * many // 100) < 100).mean() >= 0.98
    ]  # fmt: skip


def _phones(look: Look) -> float:
    return look.phones if look.distinct > 1 or look.filled == 1 else 0.0


def _emails(look: Look) -> float:
    return look.share("email")


def _most_distinct(decision: Decision, places: list[int]) -> list[int]:
    """Of several columns of phones the one with by far the most people: lines of a clinic repeat."""
    ranked = sorted(places, key=lambda i: -decision.looks[i].distinct)
    looks = [decision.looks[i].distinct for i in ranked[:2]]
    return ranked[:1] if len(looks) == 2 and looks[0] >= 2 * looks[1] else places


def _booking_and_visit(decision: Decision) -> None:
    """Which of two dates is the booking and which the visit: a booking does not follow its visit."""
    if "starts_at" in decision.source_columns or "booked_at" in decision.source_columns:
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
    never = (*NEVER, *NO_VISIT)
    free = such(decision, lambda look: look.share("date"), never=never, others=other("dates"))
    if len(booking) > 1:
        return
    either = _beginnings(decision, sorted((*booking, *free)))
    if len(either) != 2:
        return
    one, two = either
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


def _clock_beside(decision: Decision) -> None:
    """«Время с» and «Время по» beside a day: the visit begins at the earlier."""
    when = decision.columns.get("starts_at", ())
    if decision.has(("time",)) or "time" in decision.source_columns or not when:
        return
    if decision.looks[when[0]].share("timed"):
        return
    places = such(decision, lambda look: look.share("clock"), never=_OTHER_TIMES)
    if len(places) > 1:
        texts = {i: map_cells(decision.looks[i].text, clock) for i in places}
        read = {i: (clock_times(t)[0], clock_times(t)[1] & has_text(t)) for i, t in texts.items()}
        begins = [
            i for i in places if all(
                (read[i][0] <= read[j][0])[read[i][1] & read[j][1]].all() for j in places
            )
        ]  # fmt: skip
        places = begins[:1]
    take_only(decision, "time", places, "время")


def _beginnings(decision: Decision, places: list[int]) -> list[int]:
    """Columns of dates but those of the same days as another, which say no more: of «Создана» and
    «Подтверждена» the fuller, of a beginning and an end the earlier."""
    kept: list[int] = []
    read = {i: _moments(decision.looks[i]) for i in places}
    for place in sorted(places, key=lambda i: -decision.looks[i].filled):
        same = next((i for i in kept if _of_same_days(read[place], read[i])), -1)
        if same < 0:
            kept.append(place)
        elif decision.looks[same].filled == decision.looks[place].filled and (
            read[place][read[place] >= 0].sum() < read[same][read[same] >= 0].sum()
        ):
            kept[kept.index(same)] = place
    return sorted(kept)


def _first_touch(decision: Decision, places: list[int]) -> list[int]:
    """Of «Первое касание» and «Последнее касание» of leads the first, where both lie in one month."""
    named = [[i for i in places if speaks_of(decision, i, starts)] for starts in _TOUCHES]
    if decision.entity != "leads" or len(places) != len(_TOUCHES) or not all(named):
        return places
    read = [days(decision.looks[several[0]]) for several in named]
    months = [r.astype("datetime64[D]").astype("datetime64[M]") for r in read]
    return named[0] if (months[0] == months[1]).mean() >= _ENOUGH_DAYS else places


def _of_same_days(one: Ints, other: Ints) -> bool:
    both = (one >= 0) & (other >= 0)
    same = one[both] // _DAY == other[both] // _DAY
    return bool(both.any() and same.mean() >= _ENOUGH_DAYS)


def days(look: Look) -> Ints:
    """Days since 1970 of a column's cells; below 0 where a cell is no date."""
    read = _moments(look)
    return np.where(read < 0, read, read // _DAY)


def _moments(look: Look) -> Ints:
    """Microseconds since 1970 of a column's cells; below 0 where a cell is no date."""
    none = np.full(len(look.text), -1, dtype=np.int64)
    with suppress(DateOrderError):
        read = moments(look.text)
        return np.where(read.ok, read.local, none)
    return none
