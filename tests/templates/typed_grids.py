"""What people typed into the tabs, read for a clinic that set nothing itself."""

from __future__ import annotations

from sheets_sync.clinic.config import ReportConfig
from templates_sheets.inputs import read_inputs
from tests.templates import report_frames as frames

AS_OF = frames.SETTINGS.as_of


def typed(**grids: list[list[object]]) -> object:
    return read_inputs(grids, ReportConfig(), AS_OF)
