"""Which appointments there still are: MEDODS only no longer names those that were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import SWEEP
from sheets_sync.sources.json_paths import Record
from sheets_sync.sources.medods.account import MedodsTable, appointments, step
from sheets_sync.sources.medods.id_ranges import ids_of, ranges_of

#: Pages that are kept together: some ten seconds.
_PORTION = 20
#: Seconds before a walk began since which changes are asked again at its end.
_HOUR = 3600


def sweep(api: Api[MedodsTable]) -> Iterator[tuple[str, list[str]]]:
    """Appointments that there are, and payments of these: what is deleted is only no longer named.

    The numbers seen so far are kept, for a clinic of some years has a thousand pages.
    """
    began: dict[str, Any] = {"offset": 0, "at": int(api.clock.unix()), "seen": ""}
    rest = api.memory.pop(SWEEP, None) or began
    seen, offset = ids_of(rest["seen"]), int(rest["offset"])
    for _ in range(_PORTION):
        page = appointments(api, api.memory.get("since", 0), offset)
        new = _numbers(page) - seen
        seen |= new
        offset += step(page)
        if not new:
            break
    else:
        api.memory[SWEEP] = {**rest, "offset": offset, "seen": ranges_of(seen)}
        return
    # An appointment that changed during the walk may have gone where it had been by then.
    since, offset = rest["at"] - _HOUR, 0
    while page := appointments(api, since, offset):
        seen |= _numbers(page)
        offset += len(page)
    yield "appointments", sorted(seen)
    yield "payments", _paid_at(api, seen)


def _numbers(page: list[Record]) -> set[str]:
    return {str(visit.get("id")) for visit in page}


def _paid_at(api: Api[MedodsTable], visits: set[str]) -> list[str]:
    """The store's payments but those of appointments that are no more."""
    stored, prefix = api.context.stored, api.table.origin("payments").prefix("")
    if stored is None:
        return []
    rows = stored.read("payments", stored.ids("payments"))
    pairs = zip(rows["payment_id"], rows["appointment_id"], strict=True)
    return [
        str(number).removeprefix(prefix)
        for number, visit in pairs
        if not visit or str(visit).removeprefix(prefix) in visits
    ]
