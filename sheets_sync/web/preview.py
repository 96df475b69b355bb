"""What an uploaded file seems to be, and what accepting it would do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError, RomiError
from sheets_sync.line.pull_desk import context_of
from sheets_sync.line.run import LiveRun
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.privacy.personal import redact
from sheets_sync.reading.aliases import ranks
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.tables import grids as grids_of
from sheets_sync.reading.words import plain
from sheets_sync.sources.file import pull
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.source import Pulled
from sheets_sync.store import OfSource
from sheets_sync.web.effects import effects
from sheets_sync.web.meanings import StrangeWord, strange_words
from sheets_sync.web.upload_source import UploadPlace, headers_of, name_of, place_of

_SECONDS = 120.0
_REFUSED_SHOWN = 20
_OF_FILE = re.compile(r"(?:: объясните его| Объясните их).* \[source\.statuses\].*$")
#: The likeliest first: of two that fit a file alike the earlier one is taken.
_GUESSES = (
    *("reviews", "phrases", "leads", "appointments", "payments", "costs", "calls", "touches"),
    "traffic",
)
#: What an export must say, and no other does: rows of these are nothing else.
_PLAIN = frozenset({"reviews", "phrases"})


@dataclass(frozen=True)
class ColumnSeen:
    """A column of a file: its header, meaning, certainty, why, and three masked values."""

    header: str
    meaning: str
    certainty: str = ""
    why: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choices:
    """What a person chose: the entity, the upload it belongs to, the order of day and month,
    headers by meaning ("" = take none), words; None: nothing, what was kept holds.
    """

    entity: str = ""
    label: str = ""
    date_format: str | None = None
    columns: Mapping[str, str] | None = None
    statuses: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Preview:
    """What a file seems to be and what accepting it would do; `place` is where its rows would go,
    `error` why it cannot be accepted.
    """

    entity: str
    place: UploadPlace
    columns: Sequence[ColumnSeen] = ()
    words: Sequence[StrangeWord] = ()
    effects: Sequence[str] = ()
    refused: Sequence[str] = ()
    notes: Sequence[str] = ()
    pulled: Pulled | None = None
    error: str = ""


@dataclass(frozen=True)
class _Reading:
    """A file read as one entity."""

    place: UploadPlace
    pulled: Pulled
    grids: list[Grid] = field(repr=False)

    @property
    def fit(self) -> float:
        """How well the entity fits: columns that it knows, rows that it takes or would, were their
        words explained.
        """
        columns = sum(map(len, self.grids[0].header.columns.values()))
        refused = self.pulled.refused
        wrong = sum("source.statuses" not in r.reason for r in refused) / max(len(refused), 1)
        return columns * (1 - wrong * self.pulled.refused_count / max(self.pulled.read, 1))


def look(run: LiveRun, path: Path, answers: Choices) -> Preview:
    """Understand a file as the entity that a person chose, else as the one it fits best."""
    entities = (answers.entity,) if answers.entity in ENTITIES else _GUESSES
    readings: list[_Reading] = []
    first: RomiError | None = None
    for entity in entities:
        try:
            readings.append(_read(run, path, entity, answers))
        except RomiError as refusal:
            first = first or refusal
    if not readings:
        words = f"{first.message} {first.hint}" if first else "Файл не понят."
        return _not_understood(run, path, entities, answers, redact(words))
    best = max(
        readings,
        key=lambda reading: (reading.place.entity in _PLAIN and reading.fit >= 1, reading.fit),
    )
    pulled, place = best.pulled, best.place
    return Preview(
        place.entity,
        place,
        _columns(best.grids[0]),
        strange_words(best.grids, place.entity),
        effects(run, place, pulled),
        [
            f"строка {r.row}, «{r.column}»: «{r.value}» — {_without_file(r.reason)}"
            for r in pulled.refused[:_REFUSED_SHOWN]
        ],
        [_without_file(note) for note in pulled.notes],
        pulled,
    )


def _read(run: LiveRun, path: Path, entity: str, answers: Choices) -> _Reading:
    place = _place(run, path, entity, answers)
    table = FileTable(kind="file", path=path.name, **place.reading())
    stored = OfSource(run.store.rows, run.clinic.id, place.source)
    context = context_of(run, table, open_keyring(run.service, run.clinic.id), seconds=_SECONDS)
    context = replace(
        context, folder=path.parent, full=True, stored=stored, state=dict(place.state)
    )
    (pulled,) = pull(table, context)
    if pulled.frame is None or (pulled.read and pulled.refused_count == pulled.read):
        reason = pulled.refused[0].reason if pulled.refused else ""
        raise FileError(
            f"ни одна строка не понята{': ' if reason else '.'}{reason}",
            hint="Проверьте, что это за выгрузка.",
        )
    return _Reading(place, pulled, grids_of(path, table)[0])


def _place(run: LiveRun, path: Path, entity: str, answers: Choices) -> UploadPlace:
    """Where the rows would go, with what a person said of this file above what was kept."""
    place = place_of(run, path, entity, answers.label)
    choices = {
        "columns": answers.columns,
        "statuses": answers.statuses,
        "date_format": answers.date_format,
    }
    return replace(place, **{k: v for k, v in choices.items() if v is not None})  # type: ignore[arg-type]


def _columns(grid: Grid) -> list[ColumnSeen]:
    named = {i: name for name, places in grid.header.columns.items() for i in places}
    seen = []
    for place, header in enumerate(grid.header.names):
        reason = grid.header.reasons.get(place)
        certainty = reason.certainty if reason else 0.9 if place in named else 0.0
        seen.append(
            ColumnSeen(
                name_of(header),
                named.get(place, ""),
                f"{round(certainty * 100)} %" if place in named else "",
                reason.why if reason else "",
                grid.header.cells.get(place, ()),
            )
        )
    return [column for column in seen if column.header]


def _without_file(text: str) -> str:
    """A sentence less what it says of the clinic's file: here the page itself asks."""
    return _OF_FILE.sub("", text)


def _not_understood(
    run: LiveRun, path: Path, entities: Sequence[str], answers: Choices, error: str
) -> Preview:
    """A file that nothing reads, as the entity that knows most of its headers: to be mended."""
    best = Preview(entities[0], _place(run, path, entities[0], answers), error=error)
    most = -1
    for entity in entities:
        try:
            headers = headers_of(path, entity)
        except RomiError:
            continue
        place = _place(run, path, entity, answers)
        seen = _by_name([h for h in map(name_of, headers) if h], place)
        if (count := sum(1 for column in seen if column.meaning)) > most:
            best, most = Preview(entity, place, seen, error=error), count
    return best


def _by_name(headers: Sequence[str], place: UploadPlace) -> list[ColumnSeen]:
    """Columns by their headers alone, and by what a person said of them."""
    words = {word: name for name, all_ in ranks(place.entity).items() for word in all_}
    usual = {h: words.get(plain(h), "") for h in headers}
    by_header = {header: name for name, header in place.columns.items()}
    return [
        ColumnSeen(h, by_header.get(h) or (usual[h] if usual[h] not in place.columns else ""))
        for h in headers
    ]
