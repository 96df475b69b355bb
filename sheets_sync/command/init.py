"""`romi-sheets init`: the template laid into an empty or damaged table."""

from __future__ import annotations

from pathlib import Path

import click

from sheets_sync.command.begin import alone
from sheets_sync.command.calls import DONE
from sheets_sync.line.fill import lay_template


def run(clinic_file: Path, *, take: bool) -> int:
    with alone(clinic_file) as work:
        address = lay_template(work.run(), take=take)
    click.echo(f"Готово: {address}")
    return DONE
