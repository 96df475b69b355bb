"""How a command of the terminal ends: exit statuses, errors in words and as objects."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

import click

from sheets_sync.errors import ConfigError, RomiError
from sheets_sync.line.plain import failure
from sheets_sync.show import show_error

DONE, FAILED, WRONG = 0, 1, 2


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

    def of(command: Callable[..., int]) -> Callable[..., None]:
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

    return of


class Commands(click.Group):
    """Commands of which one that is called wrongly answers with an object, too, after --json."""

    def invoke(self, ctx: click.Context) -> Any:
        as_json = "--json" in (*ctx._protected_args, *ctx.args)  # noqa: SLF001 - click has no other name
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if as_json:
                print_json(failure(ConfigError(error.format_message())))
            raise


def print_json(answer: dict[str, Any]) -> None:
    """One object, one line."""
    click.echo(json.dumps(answer, ensure_ascii=False))
