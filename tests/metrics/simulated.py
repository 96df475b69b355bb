"""Many clinics at once, of a law that is known: whether bounds hold what they promise to hold."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from metrics.facts import Facts
from metrics.join.join import join
from metrics.schema import conform
from metrics.settings import Settings

AS_OF = date(2026, 7, 1)
#: A patient's first payment, and the payments of the first year after it, on average.
FIRST, RETURNS = 10_000.0, 1.5


def groups_of_patients(groups: int, patients: int, spread: float) -> Facts:
    """`groups` campaigns of `patients` each, new at any time of the last two years; each pays a
    log-normal sum of mean FIRST and comes back RETURNS times a year, at random, for as much."""
    dice = np.random.default_rng(5)
    size = groups * patients
    born = dice.integers(1, 725, size)
    times = dice.poisson(RETURNS * 2, size)
    who = np.concatenate([np.arange(size), np.repeat(np.arange(size), times)])
    after = np.concatenate([np.zeros(size), dice.uniform(0, 730, times.sum())]).astype(int)
    amount = dice.lognormal(np.log(FIRST) - spread**2 / 2, spread, len(who))
    day = pd.Timestamp(AS_OF, tz="UTC") + pd.Timedelta(hours=6) - pd.to_timedelta(born, unit="D")
    key = pd.Series([f"P{n:07}" for n in range(size)])
    lead = {
        "source": "file:leads", "lead_id": key, "created_at": day, "person_key": key,
        "utm_campaign": [f"c{n // patients:05}" for n in range(size)],
    }  # fmt: skip
    visit = {
        "source": "file:visits", "appointment_id": key, "patient_key": key, "lead_id": key,
        "booked_at": day, "starts_at": day, "status": "completed",
    }  # fmt: skip
    money = {
        "source": "file:money", "payment_id": [f"M{n:08}" for n in range(len(who))],
        "patient_key": key.to_numpy()[who], "paid_at": day[who] + pd.to_timedelta(after, unit="D"),
        "amount": np.round(amount * 100).astype(int), "cost": 0, "kind": "payment",
    }  # fmt: skip
    frames = {
        name: conform(name, pd.DataFrame(rows))
        for name, rows in (("leads", lead), ("appointments", visit), ("payments", money))
    }
    return join(frames, Settings(AS_OF, date(2026, 4, 1), date(2026, 6, 30), timezone="UTC"))
