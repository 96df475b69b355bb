"""What became of a clinic's letters, in words: for «Журнал», its page and the screen."""

from __future__ import annotations

from datetime import datetime, timedelta

from sheets_sync.clinic.config import Clinic
from sheets_sync.delivery.registry import titles
from sheets_sync.store import Letter, Store
from templates_sheets.journal import Line

#: How far back letters are shown, and how many.
_SHOWN, _MOST = timedelta(days=14), 10
_STATES = {
    "waiting": "ждёт отправки",
    "sending": "отправляется",
    "sent": "отправлено",
    "failed": "не отправлено",
    "unknown": "неизвестно, дошло ли",
}


def what(letter: Letter) -> str:
    """What a letter is."""
    return "сводка за неделю" if letter.key.startswith("digest:") else "внимание"


def state(letter: Letter) -> str:
    return _STATES[letter.state]


def why(letter: Letter) -> str:
    """What went wrong with a letter, or a remark on one that went; "" for nothing."""
    error = letter.error or {}
    return f"{error.get('message', '')} {error.get('hint', '')}".strip()


def last_letters(clinic: Clinic, store: Store, now: datetime) -> list[Letter]:
    """The last letters of a clinic, the newest first. Raises StoreError."""
    return store.outbox.since(clinic.id, now - _SHOWN)[:_MOST]


def journal_lines(clinic: Clinic, store: Store, now: datetime) -> list[Line]:
    """The same as lines of «Журнал»; a letter's text is not told again. Raises StoreError."""
    if not clinic.notify:
        return []
    named = titles(clinic.notify)
    return [
        Line(
            "Сообщение",
            at=(letter.tried_at or letter.made_at).astimezone(clinic.zone),
            where=f"{named.get(letter.channel, letter.channel)}: {what(letter)}",
            outcome=state(letter),
            message=why(letter) or None,
        )
        for letter in last_letters(clinic, store, now)
    ]


def outcomes(clinic: Clinic, letters: list[Letter]) -> tuple[str, ...]:
    """A sentence for each letter: «Почта: отправлено.»"""
    named = titles(clinic.notify)
    return tuple(
        f"{named.get(letter.channel, letter.channel)}: {state(letter)}. {why(letter)}".strip()
        for letter in letters
    )


def notices(clinic: Clinic, letters: list[Letter]) -> tuple[str, ...]:
    """A sentence for each letter that did not go, or went with a remark."""
    named = titles(clinic.notify)
    return tuple(
        f"{named.get(letter.channel, letter.channel)}: {what(letter)} — {state(letter)}. {why(letter)}"
        for letter in letters
        if why(letter) and letter.state != "sending"
    )
