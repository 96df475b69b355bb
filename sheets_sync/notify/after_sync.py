"""What a run sends at its end: the digest of the week once, at most one alert a day."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sheets_sync.clinic.config import Clinic
from sheets_sync.delivery.channel import NotifyTable
from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.net.clock import Clock
from sheets_sync.notify.alarms import due_alarm
from sheets_sync.notify.digest import plain
from sheets_sync.notify.letters import notices
from sheets_sync.notify.mute import book_link, mute_link
from sheets_sync.notify.picture import picture
from sheets_sync.notify.post import post
from sheets_sync.notify.week_digest import Digest, digest_of
from sheets_sync.settings import Service
from sheets_sync.store import Letter, Store

log = logging.getLogger(__name__)

#: A digest is looked for among the letters of so long, an alert that went among those of so long.
_WEEK, _BACK = timedelta(days=8), timedelta(days=2)


def after_sync(
    clinic: Clinic, store: Store, service: Service, clock: Clock, now: datetime, as_of: date
) -> tuple[str, ...]:
    """Send what a finished run owes its people; gives what those who look at it should know.

    Nothing that happens here is the run's failure. A report of another day sends nothing.
    """
    if not clinic.notify or as_of != now.astimezone(clinic.zone).date():
        return ()
    desk = _Desk(clinic, store, service, clock, now)
    try:
        with store.alone(f"notify {clinic.id}"):
            desk.put_digest([t for t in clinic.notify if _is_due(t, clinic, now)])
            desk.put_alert([t for t in clinic.notify if t.alerts])
            return notices(clinic, desk.post())
    except RomiError as error:
        return (f"Сообщения: {error}",)
    except Exception:  # the book is written, and is worth more than a message about it
        log.exception("messages broke")
        return ("Сообщения не отправлены: служба споткнулась, подробности в её журнале.",)


def send_digest(
    clinic: Clinic, store: Store, service: Service, clock: Clock, now: datetime
) -> list[Letter]:
    """Send this week's digest now to every channel that it has not gone to yet; where it was
    refused before it is written anew. Gives its letters.

    Raises ConfigError where nobody wants a digest, StoreError.
    """
    tables = [table for table in clinic.notify if table.digest]
    if not tables:
        raise ConfigError(
            "сводку отправлять некуда.",
            where=f"{clinic.id}.toml",
            hint='Добавьте в файл клиники [[notify]] с kind = "email", "max" или "telegram".',
        )
    desk = _Desk(clinic, store, service, clock, now)
    with store.alone(f"notify {clinic.id}"):
        digest = digest_of(clinic, store, service, now)
        store.outbox.drop_refused(clinic.id, digest.key)
        desk.put_digest(tables, digest)
        desk.post()
        return [one for one in store.outbox.since(clinic.id, now - _WEEK) if one.key == digest.key]


def _is_due(table: NotifyTable, clinic: Clinic, now: datetime) -> bool:
    moment = table.moment(now, clinic.zone)
    return moment is not None and moment <= now


class _Desk:
    """One clinic's letters at one moment; whoever has it is alone at the clinic's outbox."""

    def __init__(
        self, clinic: Clinic, store: Store, service: Service, clock: Clock, now: datetime
    ) -> None:
        self.clinic = clinic
        self.store = store
        self.service = service
        self.clock = clock
        self.now = now

    def put_digest(self, tables: Sequence[NotifyTable], digest: Digest | None = None) -> None:
        """Write this week's digest for the channels that have none yet."""
        if not tables:
            return
        digest = digest or digest_of(self.clinic, self.store, self.service, self.now)
        letters = self.store.outbox.since(self.clinic.id, self.now - _WEEK)
        there = {letter.channel for letter in letters if letter.key == digest.key}
        left = [table for table in tables if table.name not in there]
        if left:
            effect = digest.effect
            about = (effect.rule, effect.channel) if effect else ("", "")
            png = picture(digest.week)
            self._put(
                [Letter(t.name, digest.key, digest.lines, self.now, *about, png) for t in left]
            )

    def put_alert(self, tables: Sequence[NotifyTable]) -> None:
        """Write the alert of the day, if there is one."""
        alarm = due_alarm(self.clinic, self.store, self.now) if tables else None
        if alarm is None:
            return
        here = self.now.astimezone(self.clinic.zone)
        link = mute_link(self.service, self.clinic, self.now)
        lines = (
            f"{self.clinic.name} · внимание · {here:%d.%m}",
            *alarm.lines,
            f"Отчёт: {book_link(self.service, self.clinic)}",
            *([f"Замолчать на неделю: {link}"] if link else []),
        )
        key, about = f"alert:{here:%Y-%m-%d}", (alarm.rule, alarm.about)
        text = tuple(map(plain, lines))
        self._put([Letter(t.name, key, text, self.now, *about) for t in tables])

    def post(self) -> list[Letter]:
        """Send what waits, and say in «Внимание» what went; gives the letters that were tried."""
        post(self.clinic, self.store, self.service, self.clock, self.now)
        letters = self.store.outbox.since(self.clinic.id, self.now - _BACK)
        for letter in letters:
            if letter.rule and letter.state in {"sent", "unknown"} and letter.tried_at:
                day = letter.made_at.astimezone(self.clinic.zone).date() - timedelta(days=1)
                self.store.alerts.mark_sent(
                    self.clinic.id, letter.rule, letter.about, day, letter.tried_at
                )
        return [letter for letter in letters if letter.tried_at == self.now]

    def _put(self, letters: Sequence[Letter]) -> None:
        self.store.outbox.put(self.clinic.id, letters)
