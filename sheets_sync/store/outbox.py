"""The outbox: messages to a clinic's people, written before they are sent, each sent once at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from sheets_sync.store.database import Part
from sheets_sync.store.tables import MUTES, OUTBOX

#: Older letters are forgotten.
_KEPT = timedelta(days=90)

#: waiting  not sent yet: it may go at any time
#: sending  somebody is at it, or was killed while at it
#: sent     the service has taken it
#: failed   the service has refused it for good
#: unknown  the answer was never heard: it may have arrived, so it is not sent again
LetterState = Literal["waiting", "sending", "sent", "failed", "unknown"]


@dataclass(frozen=True)
class Letter:
    """One message to one channel. `key` says what it is, once per channel: "digest:2026-W44".

    rule, about  the rule and the channel or source of the alert that it tells; "" for none
    lines        its text, the first line is its head
    picture      PNG, None without one or where it was not asked for
    answer       what the service called it; `error` as of RomiError, or a remark on one sent
    """

    channel: str
    key: str
    lines: tuple[str, ...]
    made_at: datetime
    rule: str = ""
    about: str = ""
    picture: bytes | None = None
    state: LetterState = "waiting"
    tried_at: datetime | None = None
    answer: str = ""
    error: dict[str, Any] | None = None


class Outbox(Part):
    """Letters of every clinic. Its writes survive a power cut: what was sent cannot be taken back."""

    def put(self, clinic: str, letters: Sequence[Letter]) -> None:
        """Write letters; one whose channel and key are there already stays as it is.

        Raises StoreError.
        """
        if not letters:
            return
        rows = [
            {
                "clinic": clinic,
                "channel": letter.channel,
                "key": letter.key,
                "rule": letter.rule,
                "about": letter.about,
                "lines": list(letter.lines),
                "picture": letter.picture,
                "made_at": letter.made_at,
                "state": "waiting",
            }
            for letter in letters
        ]
        old = max(letter.made_at for letter in letters) - _KEPT
        with self.db.write(durable=True) as conn:
            conn.execute(sa.delete(OUTBOX).where(OUTBOX.c.clinic == clinic, OUTBOX.c.made_at < old))
            conn.execute(self.db.insert(OUTBOX).on_conflict_do_nothing(), rows)

    def waiting(self, clinic: str) -> list[Letter]:
        """What is still to be sent, the oldest first, with pictures. Raises StoreError."""
        query = (
            sa.select(OUTBOX)
            .where(OUTBOX.c.clinic == clinic, OUTBOX.c.state == "waiting")
            .order_by(OUTBOX.c.made_at, OUTBOX.c.key, OUTBOX.c.channel)
        )
        with self.db.read() as conn:
            return [_letter(row) for row in conn.execute(query).mappings()]

    def begin(self, clinic: str, letter: Letter, at: datetime) -> bool:
        """Take a waiting letter to send it; False where somebody else has. Raises StoreError.

        From here on it is not sent again but by `end` saying so: killed before the service's answer,
        nobody knows whether it went.
        """
        state = {"state": "sending", "tried_at": at, "error": None}
        waits = sa.and_(_one(clinic, letter), OUTBOX.c.state == "waiting")
        with self.db.write(durable=True) as conn:
            return conn.execute(sa.update(OUTBOX).where(waits).values(state)).rowcount == 1

    def end(
        self,
        clinic: str,
        letter: Letter,
        state: LetterState,
        *,
        answer: str = "",
        error: dict[str, Any] | None = None,
    ) -> None:
        """Say what became of a letter that was begun. Raises StoreError."""
        outcome = {"state": state, "answer": answer, "error": error}
        with self.db.write(durable=True) as conn:
            conn.execute(sa.update(OUTBOX).where(_one(clinic, letter)).values(outcome))

    def give_up(self, clinic: str, error: dict[str, Any]) -> None:
        """Letters that a killed process was at become unknown. Whoever calls it is alone at the
        clinic's outbox. Raises StoreError.
        """
        left = sa.and_(OUTBOX.c.clinic == clinic, OUTBOX.c.state == "sending")
        with self.db.write(durable=True) as conn:
            conn.execute(sa.update(OUTBOX).where(left).values(state="unknown", error=error))

    def drop_refused(self, clinic: str, key: str) -> None:
        """Forget letters of `key` that were refused, so that they may be written anew.

        Raises StoreError.
        """
        refused = sa.and_(
            OUTBOX.c.clinic == clinic, OUTBOX.c.key == key, OUTBOX.c.state == "failed"
        )
        with self.db.write(durable=True) as conn:
            conn.execute(sa.delete(OUTBOX).where(refused))

    def since(self, clinic: str, at: datetime) -> list[Letter]:
        """Letters made since `at`, the newest first, without their pictures. Raises StoreError."""
        query = (
            sa.select(*(c for c in OUTBOX.c if c.name != "picture"))
            .where(OUTBOX.c.clinic == clinic, OUTBOX.c.made_at >= at)
            .order_by(OUTBOX.c.made_at.desc(), OUTBOX.c.key, OUTBOX.c.channel)
        )
        with self.db.read() as conn:
            return [_letter(row) for row in conn.execute(query).mappings()]

    def mute(self, clinic: str, until: datetime) -> None:
        """Send no alerts of a clinic until then. Raises StoreError."""
        row = {"clinic": clinic, "until": until}
        added = self.db.insert(MUTES).values(row)
        with self.db.write() as conn:
            conn.execute(
                added.on_conflict_do_update(index_elements=["clinic"], set_={"until": until})
            )

    def muted(self, clinic: str) -> datetime | None:
        """Until when no alerts are sent, also where that is over; None: never muted.

        Raises StoreError.
        """
        with self.db.read() as conn:
            until: datetime | None = conn.scalar(
                sa.select(MUTES.c.until).where(MUTES.c.clinic == clinic)
            )
        return until


def _one(clinic: str, letter: Letter) -> sa.ColumnElement[bool]:
    return sa.and_(
        OUTBOX.c.clinic == clinic,
        OUTBOX.c.channel == letter.channel,
        OUTBOX.c.key == letter.key,
    )


def _letter(row: Any) -> Letter:
    return Letter(
        channel=row["channel"],
        key=row["key"],
        lines=tuple(row["lines"]),
        made_at=row["made_at"],
        rule=row["rule"],
        about=row["about"],
        picture=row.get("picture"),
        state=row["state"],
        tried_at=row["tried_at"],
        answer=row["answer"],
        error=row["error"],
    )
