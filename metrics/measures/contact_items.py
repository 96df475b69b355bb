"""Rows of call tracking and rows of the CRM, one under the other, and which of them are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.calendar import end_of, microseconds
from metrics.coded import Bools, Ints, look_up
from metrics.entity_rows import EntityRows
from metrics.join.call_leads import PREFIX, unique_calls
from metrics.join.join import Joined
from metrics.key_codes import encode_keys
from metrics.schema import empty

Stored = Mapping[str, pd.DataFrame]


def is_missed(calls: pd.DataFrame) -> Bools:
    """Calls that nobody took: by status, without one if nobody talked."""
    silent = (calls["talk_duration"] == 0).fillna(value=False).to_numpy(dtype=bool)
    missed: Bools = (calls["status"] == "missed").to_numpy() | (
        (calls["status"] == "").to_numpy() & silent
    )
    return missed


@dataclass(frozen=True)
class ContactItems:
    """Every call up to as_of, outgoing ones too, then every lead row that is no call.

    frames  calls and leads; `place` is the row of each item in one under the other
    person  code of its phone, -1 without one
    row     its row of `joined.rows["leads"]`, -1 for a call that is none
    way     by phone or form, or nobody knows
    """

    frames: tuple[EntityRows, EntityRows]
    place: Ints
    person: Ints
    moment: Ints
    row: Ints
    call: Bools
    tracking: Bools
    out: Bools
    unique: Bools
    off: Bools
    missed: Bools
    way: Bools

    @classmethod
    def of(cls, joined: Joined, rows: Stored) -> ContactItems:
        stored = rows["leads"] if "leads" in rows else empty("leads")
        leads = joined.rows["leads"]
        own = np.flatnonzero(~leads["is_call"].to_numpy(dtype=bool))
        real = leads if len(own) == len(leads) else leads.take(own)
        calls = rows["calls"] if "calls" in rows else empty("calls")
        end = end_of(joined.settings.as_of, joined.settings.zone)
        calls = calls[microseconds(calls["started_at"]) < end].assign(contact_type="call")
        marks = _marks(calls, real, joined)
        (of_calls, of_leads), _ = encode_keys(calls["person_key"], real["person_key"])
        tracked = stored["lead_id"][(stored["role"] == "tracking").to_numpy()]
        way = real.coded("contact_type")
        number, no = len(calls), np.zeros(len(real), dtype=bool)
        usual = way.where(np.array([v in ("call", "form", "") for v in way.values], dtype=bool))
        return cls(
            (EntityRows(calls), real),
            np.arange(number + len(real)),
            np.concatenate([of_calls, of_leads]),
            np.concatenate(
                [microseconds(f[n]) for f, n in ((calls, "started_at"), (real, "created_at"))]
            ),
            np.concatenate([marks["row"], own]),
            np.append(np.ones(number, dtype=bool), no),
            np.append(np.ones(number, dtype=bool), look_up(real["lead_id"], tracked) >= 0),
            np.append(marks["out"], no),
            np.append(marks["unique"], ~no),
            np.append(marks["off"], no),
            np.append(marks["missed"], no),
            np.append(np.ones(number, dtype=bool), usual),
        )

    def take(self, rows: Ints) -> ContactItems:
        arrays = (v[rows] for name, v in vars(self).items() if name != "frames")
        return ContactItems(self.frames, *arrays)

    def text(self, name: str, rows: Ints, of_lead: str = "") -> pd.Series:
        """A column at some items, calls before leads; "" where one side has none."""
        calls, leads = self.frames
        place = self.place[rows]
        call = place < len(calls)
        parts = []
        for frame, column, at in (
            (calls, name, place[call]),
            (leads, of_lead or name, place[~call] - len(calls)),
        ):
            parts.append(
                frame[column].take(at)
                if column in frame
                else pd.Series([""] * len(at), dtype="str")
            )
        return pd.concat(parts, ignore_index=True)


def _marks(calls: pd.DataFrame, real: EntityRows, joined: Joined) -> dict[str, Ints | Bools]:
    """What the join and their services say of each call."""
    no, marks = np.zeros(0, dtype=bool), dict[str, Ints | Bools]()
    if calls.empty:
        return marks | {"row": np.zeros(0, dtype=np.int64), "out": no, "unique": no, "off": no, "missed": no}  # fmt: skip
    leads, joined_calls = joined.rows["leads"], joined.rows["calls"]
    unique = unique_calls(real, joined_calls, joined.settings)
    place = look_up(calls["call_id"], joined_calls["call_id"])
    return marks | {
        "row": look_up(PREFIX + calls["call_id"], leads["lead_id"]),
        "out": (calls["call_direction"] == "out").to_numpy(dtype=bool),
        "unique": np.append(unique, True)[place].astype(bool),
        "off": ~calls["is_target"].fillna(value=True).to_numpy(dtype=bool)
        | (calls["status"] == "spam").to_numpy(dtype=bool),
        "missed": is_missed(calls),
    }


def paired(items: ContactItems, near: int) -> Bools:
    """Items that have their own on the other side: the nearest first, one to one."""
    has_pair = np.zeros(len(items.moment), dtype=bool)
    candidates = (items.person >= 0) & ~items.out
    sides = [np.flatnonzero(candidates & side) for side in (items.tracking, ~items.tracking)]
    tracked, written = (items.person[rows] for rows in sides)
    shared = np.intersect1d(tracked, written)
    if not len(shared):
        return has_pair
    one, other = (
        pd.DataFrame(
            {
                "person": items.person[rows],
                "at": items.moment[rows],
                "id": items.text("call_id", rows, "lead_id"),
                "place": rows,
            }
        )
        for rows in (rows[np.isin(items.person[rows], shared)] for rows in sides)
    )
    both = one.merge(other, on="person", suffixes=("", "_crm"))
    both = both.assign(gap=(both["at"] - both["at_crm"]).abs())
    both = both[both["gap"] <= near].sort_values(["gap", "id", "id_crm"])
    for mine, theirs in zip(both["place"].tolist(), both["place_crm"].tolist(), strict=True):
        if not (has_pair[mine] or has_pair[theirs]):
            has_pair[mine] = has_pair[theirs] = True
    return has_pair
