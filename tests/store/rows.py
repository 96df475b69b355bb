"""Rows for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from metrics.schema import conform
from sheets_sync.sources.source import Pulled

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOURCE = "file:test"


def pulls_of(version: str, rows: int = 1500) -> list[Pulled]:
    """Three entities whose every row says `version`, one letter."""
    number = np.arange(rows)
    day = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(number % 90, "D"))
    ids, moment = pd.Series(number).astype("str"), day.dt.tz_localize("UTC")
    columns: dict[str, dict[str, Any]] = {
        "leads": {"lead_id": ids, "created_at": moment, "status": version},
        "payments": {
            "payment_id": ids,
            "paid_at": moment,
            "amount": ord(version),
            "kind": "payment",
        },
        "costs": {"date_from": day, "date_to": day, "platform": version, "cost": ord(version)},
    }
    return [
        Pulled(
            entity,
            conform(entity, pd.DataFrame({"source": SOURCE, **given}, index=number)),
            fingerprint=version,
            state={"version": version},
        )
        for entity, given in columns.items()
    ]
