"""Exports on their way in: understood, shown, and stored only when accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.schema import ENTITIES
from metrics.sources import ENTITY_NAMES
from metrics.wording import counted, roubles
from sheets_sync.books import open_book
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import FileError, RomiError
from sheets_sync.line.pull import context_of
from sheets_sync.line.run import LiveRun
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.privacy.personal import mask, redact
from sheets_sync.reading.aliases import aliases, canonical, ranks
from sheets_sync.reading.container import kind, load
from sheets_sync.reading.delimited import open_text
from sheets_sync.reading.headers import SEARCH_ROWS, find_row
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.tables import grids as grids_of
from sheets_sync.reading.words import plain, vocabulary
from sheets_sync.reading.workbook import open_workbook
from sheets_sync.sources.file import FileTable, pull
from sheets_sync.sources.source import Pulled
from sheets_sync.sources.upload import UploadTable
from templates_sheets.inputs import read_inputs

_SECONDS = 120.0
_SAMPLES = 3
_VOCABULARIES = {
    "leads": "lead_status",
    "appointments": "appointment_status",
    "payments": "payment_kind",
}
_MONEY = {"payments": "amount", "costs": "cost"}


@dataclass(frozen=True)
class ColumnSeen:
    """A column of a file: its header, meaning, certainty, why, and three masked values."""

    header: str
    meaning: str
    certainty: str
    why: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What a file seems to be and what accepting it would do."""

    entity: str
    columns: list[ColumnSeen]
    choices: list[tuple[str, str]]
    statuses: list[str]
    status_choices: list[tuple[str, str]]
    effects: list[str]
    refused: list[str]
    notes: tuple[str, ...]
    pulled: Pulled | None
    error: str = ""


@dataclass(frozen=True)
class Choices:
    """What a person chose: the entity, meanings by header, words by status."""

    entity: str = ""
    columns: Mapping[str, str] | None = None
    statuses: Mapping[str, str] | None = None


def look(run: LiveRun, path: Path, answers: Choices) -> Preview:
    """Understand a file as the entity that a person chose, else as the one it fits best."""
    guesses = (*_VOCABULARIES, "costs", "calls", "touches", "traffic")
    entities = (answers.entity,) if answers.entity in ENTITIES else guesses
    seen: list[tuple[float, Preview]] = []
    first: RomiError | None = None
    for entity in entities:
        try:
            found = _look_as(run, path, entity, answers)
        except RomiError as refusal:
            first = first or refusal
            continue
        pulled = found.pulled
        known = sum(1 for column in found.columns if column.meaning)
        share = 1 - pulled.refused_count / max(pulled.read, 1) if pulled else 0
        seen.append((known * share, found))
    if seen:
        return max(seen, key=lambda pair: pair[0])[1]
    words = f"{first.message} {first.hint}" if first else "Файл не понят."
    entity, headers = _nearest(path, entities)
    columns = [ColumnSeen(mask(header), meaning, "", "", ()) for header, meaning in headers.items()]
    choices = [(name, _title(name, entity)) for name in canonical(entity)]
    return Preview(entity, columns, choices, [], [], [], [], (), None, redact(words))


def _nearest(path: Path, entities: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The entity that knows most headers of a file that none understands, and what it takes them
    for: for a person to mend.
    """
    best: tuple[str, dict[str, str]] = (entities[0], {})
    for entity in entities:
        try:
            headers = _headers(path, entity)
        except RomiError:
            continue
        named = {word: name for name, words in ranks(entity).items() for word in words}
        found = {header: named.get(plain(header), "") for header in headers if header}
        if not best[1] or sum(map(bool, found.values())) > sum(map(bool, best[1].values())):
            best = entity, found
    return best


def _headers(path: Path, entity: str) -> tuple[str, ...]:
    content = load(path)
    if kind(content, path) == "text":
        return _first_row(open_text(content, "", path.name), entity, path)
    with open_workbook(path, None) as sheet:
        return _first_row(sheet, entity, path)


def _first_row(sheet: Sheet, entity: str, path: Path) -> tuple[str, ...]:
    top = list(islice(sheet.rows, SEARCH_ROWS))
    _, names = find_row(top, sheet.merged, entity, {}, path.name)
    return tuple(names[0])


def known_of(clinic: Clinic, entity: str) -> Mapping[str, Any]:
    """The mapping that was kept when a file of this entity was accepted last."""
    tables = [t for t in clinic.source if isinstance(t, UploadTable) and t.entity == entity]
    return {"columns": tables[-1].columns, "statuses": tables[-1].statuses} if tables else {}


def _look_as(run: LiveRun, path: Path, entity: str, answers: Choices) -> Preview:
    kept = known_of(run.clinic, entity)
    columns = answers.columns if answers.columns is not None else kept.get("columns", {})
    statuses = {**kept.get("statuses", {}), **(answers.statuses or {})}
    table = FileTable(
        kind="file", entity=entity, path=path.name, columns=dict(columns), statuses=statuses
    )
    context = context_of(run, table, open_keyring(run.service, run.clinic.id), seconds=_SECONDS)
    context = replace(context, folder=path.parent, full=True, stored=None)
    (pulled,) = pull(table, context)
    (grid, *_), _ = grids_of(path, table)
    if pulled.frame is None or (pulled.read and pulled.refused_count == pulled.read):
        raise FileError("ни одна строка не понята.", hint="Проверьте, что это за выгрузка.")
    named = {i: name for name, places in grid.header.columns.items() for i in places}
    shown = [
        ColumnSeen(
            mask(header),
            named.get(i, ""),
            _certainty(grid.header.reasons.get(i)),
            getattr(grid.header.reasons.get(i), "why", ""),
            _samples(grid.columns.get(named.get(i, ""))),
        )
        for i, header in enumerate(grid.header.names)
        if header
    ]
    unknown = [r.value for r in pulled.refused if "source.statuses" in r.reason]
    words = sorted(set(vocabulary(_VOCABULARIES.get(entity, "flag")).values()))
    return Preview(
        entity,
        shown,
        [(name, _title(name, entity)) for name in canonical(entity)],
        sorted(set(unknown)),
        [(word, word) for word in words],
        _effects(run, entity, pulled),
        [f"строка {r.row}, «{r.column}»: «{r.value}» — {r.reason}" for r in pulled.refused[:20]],
        pulled.notes,
        pulled,
    )


def kept_days(run: LiveRun) -> int:
    """How many days an accepted file is kept: `keep_uploads`, as the book or the clinic's file says."""
    report = run.clinic.report
    with suppress(RomiError):  # the next sync tells what ails the book
        grids = open_book(run.clinic, run.service).read().grids
        report = read_inputs(grids, report, run.as_of).report
    return report.keep_uploads


def accept(run: LiveRun, label: str, seen: Preview) -> dict[str, int]:
    """Store what a file gives; gives how many rows are new, changed, as before. Raises StoreError."""
    if seen.pulled is None or seen.pulled.frame is None:
        return {"new": 0, "changed": 0, "unchanged": 0}
    name = f"upload:{label}"
    frame = seen.pulled.frame.assign(source=name)
    pulled = replace(seen.pulled, frame=frame.astype(seen.pulled.frame.dtypes.to_dict()))
    merged = run.store.rows.merge(run.clinic.id, name, [pulled], run.now, seen.entity)[seen.entity]
    return {"new": merged.new, "changed": merged.changed, "unchanged": merged.unchanged}


def _effects(run: LiveRun, entity: str, pulled: Pulled) -> list[str]:
    frame = pulled.frame if pulled.frame is not None else pd.DataFrame()
    rows = counted(len(frame), "строка", "строки", "строк")
    sentences = [
        f"{ENTITY_NAMES.get(entity, entity).capitalize()}: {rows} — в отчёт, отказано {pulled.refused_count}."
    ]
    if (money := _MONEY.get(entity)) and money in frame:
        values = frame[money].dropna()
        sentences.append(f"Денег: {roubles(float(values[values > 0].sum()), 2)}.")
    key = ENTITIES[entity].key
    if key and len(frame):
        there = set(run.store.rows.read(run.clinic.id, entity)[key])
        same = int(frame[key].isin(there).sum())
        if same:
            sentences.append(
                f"Из них уже есть: {counted(same, 'строка', 'строки', 'строк')} — они обновятся."
            )
    elif pulled.replace:
        first, last = pulled.replace
        sentences.append(
            f"Заменит прежние строки этой загрузки за {first:%d.%m.%Y} – {last:%d.%m.%Y}."
        )
    return sentences


def _title(name: str, entity: str) -> str:
    words = aliases(entity)[name]
    return words[1] if len(words) > 1 else name


def _certainty(reason: Any) -> str:
    return "" if reason is None else f"{round(reason.certainty * 100)} %"


def _samples(values: Any) -> tuple[str, ...]:
    if values is None:
        return ()
    texts = dict.fromkeys(str(v) for v in values[:200].to_pylist() if v)
    return tuple(mask(text) for text in list(texts)[:_SAMPLES])
