"""The terminal: progress while a command lasts, errors, the clock that was set."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.segment import Segment

from sheets_sync.errors import RomiError
from sheets_sync.line.progress import Progress, silent

#: Columns of a summary that goes to a file or another program.
_WIDTH = 140


#: Controls of a terminal, and marks that turn the order of letters.
_COMMANDS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")


class _Screen(Console):
    """A terminal that names of files and clinics cannot command: their escapes are left out."""

    def render(self, *args: Any, **kwargs: Any) -> Iterator[Segment]:
        for segment in super().render(*args, **kwargs):
            plain = segment.text if segment.control else _COMMANDS.sub("", segment.text)
            yield segment._replace(text=plain)


def open_console(*, stderr: bool = False) -> Console:
    """Where a person reads: a summary, or what is said beside it."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH
    return _Screen(stderr=stderr, highlight=False, emoji=False, width=width)


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A bar on a terminal, a line per stage elsewhere; nothing if `quiet`. On stderr."""
    console = open_console(stderr=True)
    if quiet:
        yield silent
    elif console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=1.0)

            def move(stage: str, share: float) -> None:
                bar.update(task, description=stage, completed=share)

            yield move
    else:
        stages: set[str] = set()

        def line(stage: str, share: float) -> None:
            if stage not in stages:
                stages.add(stage)
                console.print(f"{share:4.0%} {stage}", markup=False)

        yield line


def show_error(error: RomiError) -> None:
    """An error in words, on stderr."""
    console = open_console(stderr=True)
    console.print("[red]Не получилось.[/red] ", end="")
    console.print(f"{error.place}{error.message}", markup=False)
    if error.hint:
        console.print(f"Что сделать: {error.hint}", markup=False)
    if error.address:
        console.print(f"Где: {error.address}", markup=False)


def show_clock(now: datetime) -> None:
    """That the time is not the real one, on stderr."""
    text = f"Часы переставлены (ROMI_SHEETS_NOW): начинаю с {now:%d.%m.%Y %H:%M:%S %z}."
    open_console(stderr=True).print(text, markup=False)
