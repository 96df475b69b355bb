"""Service (Сервис): how the clinic answers, books, keeps appointments and is spoken of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from metrics.calendar import (
    DAY,
    HOUR,
    MINUTE,
    MISSING,
    day_number,
    end_of,
    local_days,
    microseconds,
)  # fmt: skip
from metrics.coded import (
    Bools,
    Coded,
    Floats,
    Ints,
    concat,
    constant,
    distinct,
    encode,
    look_up,
)
from metrics.facts import Facts
from metrics.join.call_leads import PREFIX
from metrics.join.join import Joined
from metrics.key_codes import encode_keys
from metrics.measures.contact_items import is_missed
from metrics.measures.named_rows import NamedRows
from metrics.schema import empty
from metrics.settings import ALL, OTHER, Settings, working_minutes
from metrics.sums import pick, ratio, within

COLUMNS = (
    "side", "name", "patients", "calls", "missed", "missed_share", "called_back", "answer",
    "reaction", "lead_booking", "waiting", "no_show", "cancelled", "undecided", "repeat_visits",
    "reviews", "rating", "bad", "unanswered",
)  # fmt: skip
SIDES = ("clinic", "branch", "doctor")
#: An answer later than this is none.
_LATEST = 7 * DAY
_WRITTEN = ("form", "chat", "messenger")
Stored = Mapping[str, pd.DataFrame]


def service(facts: Facts, joined: Joined, rows: Stored) -> pd.DataFrame:
    """Definitions §18: the clinic, then its branches and doctors, most patients first.

    Out: COLUMNS; counts and shares as floats, `answer` in seconds, `reaction` in minutes,
    `lead_booking` in hours, `waiting` in days, these four medians; NaN where there is nothing.
    """
    settings = facts.settings
    names = ("appointments", "calls", "leads", "reviews")
    rows = {name: rows[name] if name in rows else empty(name) for name in names}
    tables = [
        _appointments(joined, rows["appointments"], settings),
        _calls(rows["calls"], settings),
        _leads(joined, rows, settings),
        _reviews(rows["reviews"], settings),
    ]
    if all(table.empty for table in tables):
        return pd.DataFrame(columns=list(COLUMNS))
    sides = [_side(side, tables, settings.min_patients) for side in SIDES]
    made = pd.concat(sides, ignore_index=True).reindex(columns=list(COLUMNS))
    order = made["side"].map(SIDES.index), made["name"] == OTHER
    made = made.assign(at=order[0], last=order[1]).sort_values(
        ["at", "last", "patients", "name"], ascending=[True, True, False, True]
    )
    return made.drop(columns=["at", "last"]).reset_index(drop=True)


def _side(side: str, tables: list[pd.DataFrame], least: int) -> pd.DataFrame:
    """The rows of one side; small ones are one (definitions §10)."""
    named = concat([_names(side, table) for table in tables])
    if side != "clinic" and least > 1:
        people = _by_name(named, tables)[0].different("patient", among="visited")
        pairs = zip(named.values, people >= least, strict=True)
        named = named.with_texts([n if large or not n else OTHER for n, large in pairs])
    visit, call, lead, review = _by_name(named, tables)
    visited, no_show, cancelled = (visit.sum(n) for n in ("visited", "no_show", "cancelled"))
    some, missed = np.where(np.isnan(call.count()), np.nan, 0.0), call.sum("missed")
    table = {
        "patients": visit.different("patient", among="visited"),
        "calls": call.count(),
        "missed": missed + some,
        "missed_share": ratio(missed, missed + call.sum("answered")),
        "called_back": call.sum("called_back") + some,
        "answer": call.median("wait"),
        "reaction": lead.median("reaction"),
        "lead_booking": lead.median("booking"),
        "waiting": visit.median("waiting"),
        "no_show": ratio(no_show, visited + no_show),
        "cancelled": ratio(cancelled, visited + no_show + cancelled),
        "undecided": visit.sum("undecided"),
        "repeat_visits": ratio(visit.sum("again"), visited),
        "reviews": review.count(),
        "rating": review.mean("rating"),
        "bad": review.mean("bad"),
        "unanswered": review.mean("unanswered"),
    }
    name = pd.Series(named.values, dtype="str")
    made = pd.DataFrame({"name": name, **table}).assign(side=side)
    shown: pd.DataFrame = made[name.to_numpy() != ""]
    return shown


def _names(side: str, table: pd.DataFrame) -> Coded:
    """Under which name of a side each row stands; "" under none."""
    if side == "clinic":
        return constant(ALL, len(table))
    return encode(table[side]) if side in table else constant("", len(table))


def _by_name(named: Coded, tables: list[pd.DataFrame]) -> list[NamedRows]:
    code = np.where(named.filled(), named.codes, -1) if len(named) else named.codes
    ends = np.cumsum([len(table) for table in tables])[:-1]
    parts = zip(tables, np.split(code, ends), strict=True)
    return [NamedRows(table, part, len(named.values)) for table, part in parts]


def _is_in_period(day: Ints, settings: Settings) -> Bools:
    return within(
        day, *(day_number(d) for d in (settings.first, min(settings.last, settings.as_of)))
    )


def _branch(ids: pd.Series, stored: pd.DataFrame, key: str) -> pd.Series:
    """The branch of the stored row of each id, "" where it has none."""
    branches = pick(stored, ("branch", key), (stored["branch"] != "").to_numpy())
    if branches.empty:
        return pd.Series([""] * len(ids), dtype="str")
    branch = np.append(branches["branch"].to_numpy(dtype=object), "")
    return pd.Series(branch[look_up(ids, branches[key])], dtype="str")


def _appointments(joined: Joined, stored: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Appointments that start in the period."""
    who, own = joined.who, joined.rows["appointments"]
    rows = np.flatnonzero(_is_in_period(joined.starts_day, settings))
    starts, booked = joined.starts_day[rows], microseconds(own["booked_at"])[rows]
    status = encode(own["status"].take(rows))
    patient, visited = who.visit_patient[rows], who.visited[rows]
    begun, days = starts < day_number(settings.as_of), starts - local_days(booked, settings.zone)
    first = (who.first_booking[patient] == rows) & (booked != MISSING)
    no_show, cancelled, undecided = (
        status.where(np.array([v in words for v in status.values], dtype=bool))
        for words in (("no_show",), ("cancelled",), ("booked", "confirmed"))
    )
    return pd.DataFrame(
        {
            "branch": _branch(own["appointment_id"].take(rows), stored, "appointment_id"),
            "doctor": own["doctor"].take(rows).reset_index(drop=True),
            "patient": patient,
            "visited": visited,
            "again": visited & (who.first_visit[patient] != rows),
            "no_show": no_show,
            "cancelled": cancelled,
            "undecided": undecided & begun,
            "waiting": np.where(first, days.astype(np.float64), np.nan),
        }
    )


def _calls(calls: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Inbound calls of the period, and whether a missed one was called back."""
    calls = calls[microseconds(calls["started_at"]) < end_of(settings.as_of, settings.zone)]
    at, out = microseconds(calls["started_at"]), (calls["call_direction"] == "out").to_numpy()
    talk = (calls["talk_duration"] > 0).fillna(value=False).to_numpy(dtype=bool)
    answered = (calls["status"] == "answered").to_numpy() | (
        (calls["status"] == "").to_numpy() & talk
    )
    has_talk = out | answered
    missed = is_missed(calls)
    rows = np.flatnonzero(~out & _is_in_period(local_days(at, settings.zone), settings))
    phone = calls["person_key"]
    later = _next(phone.take(rows), at[rows], phone[has_talk], at[has_talk])
    back = later - at[rows] <= settings.callback_hours * HOUR
    wait = calls["wait_duration"].to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(
        {
            "branch": calls["branch"].take(rows).reset_index(drop=True),
            "missed": missed[rows],
            "answered": answered[rows],
            "called_back": missed[rows] & back,
            "wait": np.where(answered, wait, np.nan)[rows],
        }
    )


def _next(who: pd.Series, after: Ints, whom: pd.Series, at: Ints) -> Floats:
    """The earliest moment `at` of the same key later than `after`; infinity where there is none."""
    (key_of, target), _ = encode_keys(who, whom)
    moments = distinct(np.concatenate([after, at]))
    width, real = len(moments), target >= 0
    key = np.sort(target[real] * width + np.searchsorted(moments, at[real]))
    place = np.searchsorted(key, key_of * width + np.searchsorted(moments, after), side="right")
    moment: Floats = np.full(len(key_of), np.inf)
    some = np.flatnonzero((key_of >= 0) & (place < len(key)))
    some = some[key[place[some]] // width == key_of[some]]
    moment[some] = moments[key[place[some]] % width]
    return moment


def _leads(joined: Joined, rows: Stored, settings: Settings) -> pd.DataFrame:
    """Leads of the period without repeat requests: minutes to an answer, hours to a booking."""
    who, leads, calls = joined.who, joined.rows["leads"], rows["calls"]
    every = microseconds(leads["created_at"])
    kept = (who.lead_kept == np.arange(len(leads))) & ~who.repeat
    at = np.flatnonzero(kept & _is_in_period(joined.created_day, settings))
    created, ids = every[at], leads["lead_id"].take(at)
    booked = microseconds(joined.rows["appointments"]["booked_at"])
    mine = np.flatnonzero((who.appointment_lead >= 0) & (booked != MISSING))
    lead, moment = who.appointment_lead[mine], booked[mine]
    late = moment > every[lead]
    first, after = np.full(len(leads), np.inf), np.full(len(leads), np.inf)
    np.minimum.at(first, lead, moment.astype(np.float64))
    np.minimum.at(after, lead[late], moment[late].astype(np.float64))
    out = calls[calls["call_direction"] == "out"]
    called = _next(
        leads["person_key"].take(at), created, out["person_key"], microseconds(out["started_at"])
    )
    gap = np.minimum(after[at], called) - created
    written = leads["contact_type"].take(at).isin(_WRITTEN).to_numpy()
    fits = (gap <= _LATEST) & written & _at_work(created, settings)
    own = _branch(ids, rows["leads"], "lead_id")
    of_call = _branch(ids.str.removeprefix(PREFIX), calls, "call_id")
    is_call = leads["is_call"].to_numpy(dtype=bool)[at]
    return pd.DataFrame(
        {
            "branch": own.mask(is_call, of_call),
            "reaction": np.where(fits, gap / MINUTE, np.nan),
            "booking": np.where(
                np.isinf(first[at]), np.nan, np.maximum(first[at] - created, 0) / HOUR
            ),
        }
    )


def _at_work(created: Ints, settings: Settings) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Moments within the working hours of their local day."""
    low, high = working_minutes(settings.work_hours)
    times = pd.to_datetime(created, unit="us", utc=True).tz_convert(settings.zone)
    minute = times.hour.to_numpy() * 60 + times.minute.to_numpy()
    return within(minute, low, high - 1)


def _reviews(reviews: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Reviews of the period."""
    day = local_days(microseconds(reviews["at"]), settings.zone)
    reviews = reviews.take(np.flatnonzero(_is_in_period(day, settings)))
    rating = reviews["rating"].to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(
        {
            "branch": reviews["branch"].reset_index(drop=True),
            "doctor": reviews["doctor"].reset_index(drop=True),
            "rating": rating,
            "bad": rating <= 3,
            "unanswered": reviews["answered_at"].isna().to_numpy(),
        }
    )
