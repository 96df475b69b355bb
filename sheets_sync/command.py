"""What the commands share: how they begin, what ends them with which status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sheets_sync.clinic.config import Clinic, load_clinic
from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.line.plain import failure
from sheets_sync.net.clock import Clock, clock_from
from sheets_sync.service.home import claim, load_service
from sheets_sync.settings import Service
from sheets_sync.show import show_clock, show_error

DONE, FAILED, WRONG = 0, 1, 2
PATH = click.Path(path_type=Path)


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} — не дата; пример: 2026-06-30", param, ctx)


def exits(*, failed: int = FAILED) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Turn a RomiError into a sentence (with --json into an object, too) and an exit status:
    `failed` where it is no ConfigError."""

    def ends(command: Callable[..., int]) -> Callable[..., None]:
        @wraps(command)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                status = command(*args, **kwargs)
            except RomiError as error:
                show_error(error)
                if kwargs.get("as_json"):
                    print_json(failure(error))
                status = WRONG if isinstance(error, ConfigError) else failed
            sys.exit(status)

        return run

    return ends


class CommandGroup(click.Group):
    """Commands of which one that is called wrongly answers with an object, too, after --json."""

    def invoke(self, ctx: click.Context) -> Any:
        as_json = "--json" in (*ctx._protected_args, *ctx.args)  # noqa: SLF001 - click has no other name
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if as_json:
                print_json(failure(ConfigError(error.format_message())))
            raise


def loaded(clinic_file: Path, *, keep: bool = True) -> tuple[Clinic, Service]:
    """The clinic of a file and the service's settings. Raises ConfigError."""
    clinic, service = load_clinic(clinic_file), load_service(clinic_file)
    claim(clinic_file, service, keep=keep)
    return clinic, service


def command_clock(service: Service) -> Clock:
    """The clock of this command: it is asked here and nowhere below."""
    if service.now is not None:
        show_clock(service.now)
    return clock_from(service.now)


def print_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False))
