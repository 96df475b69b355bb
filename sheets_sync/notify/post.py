"""Sending what waits in the outbox: each letter is marked before the service hears it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.delivery.channel import Means, Message, NotSentError, UnsureError
from sheets_sync.delivery.registry import CHANNELS
from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.net.clock import Clock
from sheets_sync.net.counting import count_request
from sheets_sync.settings import Service
from sheets_sync.store import Letter, LetterState, Store

#: What was put off is tried again by later runs for so long.
_INSISTS = timedelta(days=1)
_KILLED = UnsureError(
    "отправка оборвалась: программу остановили.",
    hint="Неизвестно, дошло ли; второй раз не отправляю.",
)
_DOUBT = "Неизвестно, дошло ли; второй раз не отправляю."
_GONE = NotSentError("этого канала больше нет в файле клиники.")


def post(clinic: Clinic, store: Store, service: Service, clock: Clock, now: datetime) -> None:
    """Send every waiting letter of a clinic; a failure is kept with its letter, and is no error.

    Whoever calls it is alone at the clinic's outbox. Raises StoreError.
    """
    means = Means(
        partial(Secrets(service.home, clinic.id).get, where="[[notify]]"),
        folder=clinic.folder,
        clock=clock,
        endpoints=service.endpoints,
        observe=count_request,
    )
    store.outbox.give_up(clinic.id, _KILLED.as_dict())
    for letter in store.outbox.waiting(clinic.id):
        if store.outbox.begin(clinic.id, letter, now):
            _send(clinic, store, letter, means, now)


def _send(clinic: Clinic, store: Store, letter: Letter, means: Means, now: datetime) -> None:
    table = next((t for t in clinic.notify if t.name == letter.channel), None)
    message = Message(letter.key, letter.lines, letter.picture)
    error: RomiError
    try:
        if table is None:
            raise _GONE
        done = CHANNELS[table.kind].send(table, message, means)
    except UnsureError as doubt:
        store.outbox.end(clinic.id, letter, "unknown", error=doubt.as_dict() | {"hint": _DOUBT})
        return
    except (NotSentError, ConfigError) as refusal:
        error = refusal
    else:
        remark = {"message": done.remark, "hint": ""} if done.remark else None
        store.outbox.end(clinic.id, letter, "sent", answer=done.answer, error=remark)
        return
    # A secret that is missing may be put in its place at any time; a refused one was looked at.
    lasts = error.permanent and not isinstance(error, ConfigError)
    late = now - letter.made_at >= _INSISTS
    state: LetterState = "failed" if lasts or late else "waiting"
    store.outbox.end(clinic.id, letter, state, error=error.as_dict())
