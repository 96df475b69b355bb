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
from metrics.coded import Floats, Ints, look_up
from metrics.facts import Facts
from metrics.join.call_leads import PREFIX
from metrics.join.join import Joined
from metrics.measures.contact_items import is_missed
from metrics.schema import empty
from metrics.settings import ALL, OTHER, Settings, working_minutes
from metrics.sums import within

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
    known = [
        _appointments(joined, rows["appointments"], settings),
        _calls(joined, rows["calls"], settings),
        _leads(joined, rows, settings),
        _reviews(rows["reviews"], settings),
    ]
    if all(table.empty for table in known):
        return pd.DataFrame(columns=list(COLUMNS))
    sides = [_side(side, known, settings.min_patients) for side in SIDES]
    made = pd.concat(sides, ignore_index=True).reindex(columns=list(COLUMNS))
    order = made["side"].map(SIDES.index), made["name"] == OTHER
    made = made.assign(at=order[0], last=order[1]).sort_values(
        ["at", "last", "patients", "name"], ascending=[True, True, False, True]
    )
    return made.drop(columns=["at", "last"]).reset_index(drop=True)


def _side(side: str, known: list[pd.DataFrame], least: int) -> pd.DataFrame:
    """The rows of one side; small ones are one (definitions §10)."""
    tables = [t.assign(name=ALL if side == "clinic" else t.get(side, "")) for t in known]
    came = tables[0][tables[0]["visited"] & (tables[0]["name"] != "")]
    people = came.groupby("name")["patient"].nunique()
    if side != "clinic" and least > 1:
        large = [*people.index[people >= least], ""]
        tables = [t.assign(name=t["name"].where(t["name"].isin(large), OTHER)) for t in tables]
    visit, call, lead, review = (t[t["name"] != ""].groupby("name") for t in tables)
    visitors = tables[0][tables[0]["visited"] & (tables[0]["name"] != "")].groupby("name")
    sums = visit[["visited", "again", "no_show", "cancelled", "undecided"]].sum()
    held = sums["visited"] + sums["no_show"]
    totals = call[["missed", "answered", "called_back"]].sum()
    table = pd.DataFrame(
        {
            "patients": visitors["patient"].nunique(),
            "calls": call.size(),
            "missed": totals["missed"],
            "missed_share": totals["missed"]
            / (totals["missed"] + totals["answered"]).replace(0, np.nan),
            "called_back": totals["called_back"],
            "answer": call["wait"].median(),
            "reaction": lead["reaction"].median(),
            "lead_booking": lead["booking"].median(),
            "waiting": visit["waiting"].median(),
            "no_show": sums["no_show"] / held.replace(0, np.nan),
            "cancelled": sums["cancelled"] / (held + sums["cancelled"]).replace(0, np.nan),
            "undecided": sums["undecided"],
            "repeat_visits": sums["again"] / sums["visited"].replace(0, np.nan),
            "reviews": review.size(),
            "rating": review["rating"].mean(),
            "bad": review["bad"].mean(),
            "unanswered": review["unanswered"].mean(),
        }
    ).astype("float64")
    counts = ["patients", "undecided"]
    table[counts] = table[counts].fillna(0.0)
    made: pd.DataFrame = table.rename_axis("name").reset_index().assign(side=side)
    return made


def _in_period(at: Ints, settings: Settings) -> Ints:
    day = local_days(at, settings.zone)
    ends = (day_number(d) for d in (settings.first, min(settings.last, settings.as_of)))
    return np.flatnonzero(within(day, *ends))


def _appointments(joined: Joined, stored: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Appointments that start in the period."""
    who, own = joined.who, joined.rows["appointments"]
    starts, booked = (microseconds(own[name]) for name in ("starts_at", "booked_at"))
    status = own["status"].to_numpy(dtype=object)
    here = np.arange(len(own))
    begun = local_days(starts, settings.zone) < day_number(settings.as_of)
    days = local_days(starts, settings.zone) - local_days(booked, settings.zone)
    first = (who.first_booking[who.visit_patient] == here) & (booked != MISSING)
    branch = stored["branch"].to_numpy(dtype=object)[
        look_up(own["appointment_id"], stored["appointment_id"])
    ]
    return pd.DataFrame(
        {
            "branch": branch,
            "doctor": own["doctor"].to_numpy(dtype=object),
            "patient": who.visit_patient,
            "visited": who.visited,
            "again": who.visited & (who.first_visit[who.visit_patient] != here),
            "no_show": status == "no_show",
            "cancelled": status == "cancelled",
            "undecided": np.isin(status.astype(str), ("booked", "confirmed")) & begun,
            "waiting": np.where(first, days.astype(np.float64), np.nan),
        }
    ).iloc[_in_period(starts, settings)]


def _calls(joined: Joined, calls: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Inbound calls of the period, and whether a missed one was called back."""
    calls = calls[microseconds(calls["started_at"]) < end_of(settings.as_of, joined.settings.zone)]
    at, out = microseconds(calls["started_at"]), (calls["call_direction"] == "out").to_numpy()
    missed = is_missed(calls)
    talk = (calls["talk_duration"] > 0).fillna(value=False).to_numpy(dtype=bool)
    answered = (calls["status"] == "answered").to_numpy() | (
        (calls["status"] == "").to_numpy() & talk
    )
    spoken = out | answered
    later = _next(calls["person_key"], at, calls["person_key"][spoken], at[spoken])
    back = later - at <= settings.callback_hours * HOUR
    wait = calls["wait_duration"].to_numpy(dtype=np.float64, na_value=np.nan)
    inbound = np.flatnonzero(~out)
    return pd.DataFrame(
        {
            "branch": calls["branch"].to_numpy(dtype=object),
            "missed": missed,
            "answered": answered,
            "called_back": missed & back,
            "wait": np.where(answered, wait, np.nan),
        }
    ).iloc[np.intersect1d(inbound, _in_period(at, settings))]


def _next(who: pd.Series, after: Ints, whom: pd.Series, at: Ints) -> Floats:
    """The earliest moment `at` of the same key later than `after`; infinity where there is none."""
    asked = pd.DataFrame(
        {"key": pd.Series(who.to_numpy(), dtype="str"), "at": after, "place": range(len(who))}
    )
    there = pd.DataFrame({"key": pd.Series(whom.to_numpy(), dtype="str"), "at": at, "found": at})
    both = pd.merge_asof(
        asked.sort_values("at"), there[there["key"] != ""].sort_values("at"), on="at", by="key",
        direction="forward", allow_exact_matches=False,
    ).sort_values("place")  # fmt: skip
    moment: Floats = both["found"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(moment), np.inf, moment)


def _leads(joined: Joined, rows: Stored, settings: Settings) -> pd.DataFrame:
    """Leads of the period without repeat requests: minutes to an answer, hours to a booking."""
    who, leads, calls = joined.who, joined.rows["leads"], rows["calls"]
    created = microseconds(leads["created_at"])
    booked = microseconds(joined.rows["appointments"]["booked_at"])
    mine = np.flatnonzero((who.appointment_lead >= 0) & (booked != MISSING))
    first = np.full(len(leads), np.inf)
    np.minimum.at(first, who.appointment_lead[mine], booked[mine].astype(np.float64))
    after = np.full(len(leads), np.inf)
    lead, moment = who.appointment_lead[mine], booked[mine]
    late = moment > created[lead]
    np.minimum.at(after, lead[late], moment[late].astype(np.float64))
    out = calls[calls["call_direction"] == "out"]
    called = _next(leads["person_key"], created, out["person_key"], microseconds(out["started_at"]))
    gap = np.minimum(after, called) - created
    gap = np.where(
        (gap <= _LATEST) & leads["contact_type"].isin(_WRITTEN) & _at_work(created, settings),
        gap / MINUTE, np.nan,
    )  # fmt: skip
    hours = np.where(np.isinf(first), np.nan, np.maximum(first - created, 0) / HOUR)
    kept = (who.lead_kept == np.arange(len(leads))) & ~who.repeat
    stored = pd.concat(
        [rows["leads"].set_index("lead_id")["branch"],
         calls.assign(id=PREFIX + calls["call_id"]).set_index("id")["branch"]]
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "branch": leads["lead_id"].map(stored).to_numpy(dtype=object),
            "reaction": gap,
            "booking": hours,
        }
    )
    return table.iloc[np.intersect1d(np.flatnonzero(kept), _in_period(created, settings))]


def _at_work(created: Ints, settings: Settings) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Moments within the working hours of their local day."""
    low, high = working_minutes(settings.work_hours)
    times = pd.to_datetime(created, unit="us", utc=True).tz_convert(settings.zone)
    minute = times.hour.to_numpy() * 60 + times.minute.to_numpy()
    return within(minute, low, high - 1)


def _reviews(reviews: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Reviews of the period."""
    rating = reviews["rating"].to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(
        {
            "branch": reviews["branch"].to_numpy(dtype=object),
            "doctor": reviews["doctor"].to_numpy(dtype=object),
            "rating": rating,
            "bad": rating <= 3,
            "unanswered": reviews["answered_at"].isna().to_numpy(),
        }
    ).iloc[_in_period(microseconds(reviews["at"]), settings)]
