"""Tabs of a clinic that set nothing itself: what people typed, and the tables of single tabs."""

from __future__ import annotations

from datetime import datetime

from sheets_sync.clinic.config import ReportConfig
from templates_sheets import laying
from templates_sheets.inputs import read_inputs
from templates_sheets.laying import Answers
from templates_sheets.material import Material
from templates_sheets.tab import Tab, Table
from tests.templates import report_frames as frames

AS_OF = frames.SETTINGS.as_of


def typed(**grids: list[list[object]]) -> object:
    return read_inputs(grids, ReportConfig(), AS_OF)


def laid(tab: Tab, frame: object = None, **own: object) -> Table:
    """The table of a tab from the frame of its report; `own` answers what else it asks for."""
    material = Material(frames.SETTINGS, {}, datetime(2026, 6, 30, 9, 5))
    asked = own if frame is None else own | {"frame": frames.whole(tab, frame)}
    return laying.table(tab, Answers(material), **asked)
