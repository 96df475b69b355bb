"""Numbers of patients beside their keys: read anew from where they came, kept for one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.errors import RomiError
from sheets_sync.line.pull_desk import context_of
from sheets_sync.line.run import LiveRun
from sheets_sync.privacy.keys import Keyring, derived_key
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import SourceTable

#: Entities whose rows say whose they are by the clinic program's number.
_NUMBERED = ("appointments", "payments")


class CardKeyring(Keyring):
    """A clinic's keyring that remembers of each key the number it was first made of."""

    __slots__ = ("printed",)

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret)
        self.printed: dict[str, str] = {}

    def cards(self, keys: Sequence[str], printed: Sequence[str]) -> None:
        for key, number in zip(keys, printed, strict=True):
            if key:
                self.printed.setdefault(key, number.strip())


@dataclass(frozen=True)
class Cards:
    """printed: patient_key -> the number as the exports print it; unread: sources that failed,
    and why."""

    printed: dict[str, str]
    unread: tuple[str, ...]


def read_cards(run: LiveRun) -> Cards:
    """Read the clinic's exports of appointments and payments again, ask its services anew.

    What they give is not stored. A source that does not answer is named, the others go on.
    """
    keyring = CardKeyring(derived_key(run.service, f"clinic:{run.clinic.id}"))
    unread = []
    # Files first: a number is shown as the exports print it.
    tables = sorted(filter(_is_numbered, run.clinic.source), key=lambda t: SOURCES[t.kind].live)
    for number, table in enumerate(tables):
        run.progress(f"Читаю {source_title(table.name)}", number / len(tables))
        try:
            _read(run, table, keyring)
        except RomiError as error:
            unread.append(f"{source_title(table.name)}: {error}")
    return Cards(keyring.printed, tuple(unread))


def _is_numbered(table: SourceTable) -> bool:
    entities = (table.only,) if table.only else SOURCES[table.kind].entities
    return any(entity in _NUMBERED for entity in entities)


def _read(run: LiveRun, table: SourceTable, keyring: Keyring) -> None:
    context = context_of(
        run, table, keyring, seconds=run.service.source_deadline, full=True, state={}
    )
    for pulled in SOURCES[table.kind].pull(table, context):
        if pulled.error:
            raise pulled.error
