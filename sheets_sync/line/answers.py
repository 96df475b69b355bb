"""What the store already has, ready for reports: for commands that pull and write nothing."""

from __future__ import annotations

from dataclasses import replace

from metrics.schema import ENTITIES
from sheets_sync.books import open_book
from sheets_sync.line.material import material
from sheets_sync.line.run import LiveRun
from sheets_sync.privacy.guard import Masks, read_typed
from templates_sheets.laying import Answers


def stored_answers(run: LiveRun) -> Answers:
    """The clinic's rows as the last sync left them, under what people typed into the book.

    Raises RomiError where the book cannot be read or the store does not answer.
    """
    clinic, store = run.clinic, run.store
    typed = open_book(clinic, run.service).read()
    masks = Masks(allowed=[clinic.name])
    inputs = read_typed(typed.grids, clinic.report, run.as_of, masks)
    settings = replace(
        inputs.report.settings(run.as_of, clinic.timezone, inputs.rules),
        clinic=clinic.name,
        sources=tuple(source.name for source in clinic.source),
    )
    rows = {name: store.rows.read(clinic.id, name) for name in ENTITIES}
    states = tuple(store.sources.states(clinic.id))
    return Answers(material(clinic, settings, rows, typed, inputs, states, run.now))
