"""`romi-sheets secret`: a secret taken in, without an echo."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sheets_sync.clinic.secrets import Secrets
from sheets_sync.command.begin import loaded
from sheets_sync.command.calls import DONE


def run(clinic_file: Path, name: str) -> int:
    clinic, service = loaded(clinic_file)
    is_terminal = sys.stdin.isatty()
    value = click.prompt(name, hide_input=True) if is_terminal else sys.stdin.readline()
    path = Secrets(service.home, clinic.id).keep(name, value)
    click.echo(f"Принято: {name} в {path}.")
    return DONE
