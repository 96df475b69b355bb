"""Sends conversions to Metrica exactly once and follows what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.push.conversions import KINDS, Conversion, ConversionPlan, upload
from sheets_sync.sources.metrica.api import Metrica
from sheets_sync.store import Sent, Store
from sheets_sync.store.orders import ORDER

#: Rows of one upload: far under the service's gigabyte.
_ROWS = 100_000
#: Uploads of the service's list.
_LIST = 10_000
#: An upload that nobody has seen for so long has not arrived.
_LOST_AFTER = timedelta(hours=2)
#: Pushes of one day of which nothing was linked, after which rows wait for the next day.
_IN_VAIN = 2
#: The service's last words on an upload.
UNLINKED = "LINKAGE_FAILURE"
FINAL = frozenset({"PROCESSED", UNLINKED, "MATCHED"})
#: Its words on one, in Russian.
WORDS = {
    "": "неизвестно, дошла ли",
    "UPLOADED": "принята",
    "PREPARED": "готовится",
    "EXPORTED": "обрабатывается",
    "PROCESSED": "обработана",
    "MATCHED": "обработана",
    UNLINKED: "не привязана: Метрика не нашла визитов этих посетителей",
}


def send_conversions(
    metrica: Metrica, clinic: Clinic, store: Store, planned: ConversionPlan, now: datetime
) -> int:
    """Send what is planned; gives the number of rows that Metrica took. Raises SourceError."""
    return sum(_send(metrica, clinic, store, rows, now) for rows in _batches(planned))


def _batches(planned: ConversionPlan) -> Iterator[list[Conversion]]:
    """Conversions of one kind and one sort of client id, as they go into one upload."""
    rows = sorted(planned.conversions, key=lambda c: (KINDS.index(c.kind), c.by, c.at, c.id))
    for _, group in groupby(rows, key=lambda c: (c.kind, c.by)):
        batch = list(group)
        for start in range(0, len(batch), _ROWS):
            yield batch[start : start + _ROWS]


def _send(
    metrica: Metrica, clinic: Clinic, store: Store, rows: list[Conversion], now: datetime
) -> int:
    """Send one upload, written down before; gives the number of rows that Metrica took.

    The upload's own name goes with it as its comment: an upload whose answer is lost is found by
    it next time, and only one that is not there may go again.
    """
    name = f"romi-{uuid.uuid4().hex}"
    going = [Sent(r.id, r.client, r.target, r.at) for r in rows]
    store.pushes.record(clinic.id, rows[0].kind, going, name, now)
    try:
        answer = metrica.post(
            "/offline_conversions/upload",
            {"comment": name},
            files={"file": ("conversions.csv", upload(rows), "text/csv")},
            repeatable=False,
        ).get("uploading", {})
    except HttpError as error:
        if not error.sent:
            store.pushes.withdraw(clinic.id, name)
        raise
    except SourceError:
        store.pushes.withdraw(clinic.id, name)
        raise
    accepted = int(answer.get("line_quantity") or 0)
    if accepted == 0:
        store.pushes.withdraw(clinic.id, name)
        raise SourceError(
            f"Метрика не приняла ни одной из {len(rows)} конверсий.",
            where=clinic.id,
            hint="Проверьте, что ClientID и yclid лидов принадлежат этому счётчику.",
        )
    store.pushes.set_status(clinic.id, name, str(answer.get("status", "UPLOADED")), now)
    return accepted


def follow_conversions(
    metrica: Metrica, clinic: Clinic, store: Store, now: datetime
) -> Iterator[str]:
    """Ask what became of uploads that have no last word yet; notes on those that went wrong.

    An upload of which nothing was linked has told Metrica nothing: its rows go again, a few times
    a day, as long as the visits to the site are not too old. Where a part was linked nobody says
    which part, and a row that goes twice may count twice: those stay sent.
    """
    uploads = [u for u in store.pushes.uploads(clinic.id) if u.kind != ORDER]
    failed = [u for u in uploads if u.status == UNLINKED]
    in_vain = {u.at for u in failed if now - u.at < timedelta(days=1)}
    for one in failed:
        if len(in_vain) <= _IN_VAIN:
            store.pushes.release(clinic.id, one.upload_id)
    unfinished = [u for u in uploads if u.status not in FINAL]
    if not unfinished:
        return
    listed = {str(u.get("comment", "")): u for u in _listed(metrica)}
    for one in unfinished:
        entry = listed.get(one.upload_id)
        if entry:
            status, linked = _verdict(entry)
            store.pushes.set_status(clinic.id, one.upload_id, status, now)
            what = f"Отправка от {one.at:%d.%m.%Y}"
            if status == UNLINKED:
                if len(in_vain | {one.at}) <= _IN_VAIN:
                    store.pushes.release(clinic.id, one.upload_id)
                yield f"{what}, строк {one.rows}: {WORDS[UNLINKED]}. Они уйдут снова."
            elif linked is not None and linked < one.rows:
                yield (
                    f"{what}: Метрика привязала строк {linked} из {one.rows}. Какие из остальных "
                    "не нашли визита, видно в её отчёте «Офлайн-конверсии»."
                )
        elif one.status == "" and now - one.at > _LOST_AFTER:
            store.pushes.withdraw(clinic.id, one.upload_id)
            yield f"Отправка от {one.at:%d.%m.%Y} не дошла: строк {one.rows}, они уйдут снова."


def _verdict(entry: dict[str, Any]) -> tuple[str, int | None]:
    """The service's word on an upload, and how many of its rows it linked, if it says so."""
    status, linked = str(entry.get("status", "")), entry.get("linked_quantity")
    if status not in FINAL or not isinstance(linked, int):
        return status, None
    return (UNLINKED if linked == 0 else status), linked


def _listed(metrica: Metrica) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = metrica.get("/offline_conversions/uploadings", {"limit": _LIST, "offset": offset})
        uploads = page.get("uploadings") or []
        yield from uploads
        if len(uploads) < _LIST:
            return
        offset += _LIST
