"""What the commands share: how they are called wrongly, what ends them with which status."""

from __future__ import annotations

import gc
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from typing import IO, Any

import click

from sheets_sync.errors import ConfigError, RomiError, place_of
from sheets_sync.show.screen import show_error

DONE, FAILED, WRONG = 0, 1, 2
#: Whoever opens it says what is wrong with it, in Russian.
PATH = click.Path(path_type=Path, readable=False)

#: What click says of a whole call, and what we say.
_CALLS = {
    r"No such command '(.*)'": "такой команды нет: {0}.",
    r"Missing command": "не сказано, какую команду выполнить.",
    r"Got unexpected extra arguments? \((.*)\)": "лишнее в команде: {0}.",
}


@contextmanager
def loading() -> Iterator[None]:
    """Load modules without a look for garbage: they make a million objects and none of it, and
    looking was a sixth of the start."""
    modules = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > modules:
            gc.freeze()
        gc.enable()


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} — не дата; пример: 2026-06-30", param, ctx)
        from sheets_sync.settings import near  # noqa: PLC0415 - pydantic, which no help needs

        try:
            return near(day)
        except ValueError as error:
            self.fail(str(error), param, ctx)


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
            except (click.ClickException, click.Abort, click.exceptions.Exit):
                raise
            except Exception as error:  # noqa: BLE001 - a person gets a sentence, a program an object
                broken = _stumble(error)
                show_error(broken)
                if kwargs.get("as_json"):
                    print_json(failure(broken))
                status = FAILED
            sys.exit(status)

        return run

    return ends


def _stumble(error: Exception) -> RomiError:
    """A fault of the program itself: which, and where in our files; no value of anybody's row."""
    return RomiError(
        f"программа споткнулась: {type(error).__name__} ({place_of(error)}); прежний отчёт цел.",
        hint="Пришлите эту строку разработчикам.",
    )


class CommandGroup(click.Group):
    """Commands of which one that is called wrongly says so in Russian, after --json in an object,
    too."""

    _as_json = False

    def make_context(
        self, info_name: str | None, args: list[str], *rest: Any, **more: Any
    ) -> click.Context:
        self._as_json = "--json" in args
        with in_russian(as_json=self._as_json):
            return super().make_context(info_name, args, *rest, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with in_russian(as_json=self._as_json):
            return super().invoke(ctx)


class WrongCall(click.UsageError):
    """A command called wrongly: what was found, what is expected, where the options stand."""

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002 - as click calls it
        show_error(ConfigError(self.message, hint=self.hint))

    @property
    def hint(self) -> str:
        command = self.ctx.command_path if self.ctx else "romi-sheets"
        return f"Посмотрите, как вызывать: {command} --help"


@contextmanager
def in_russian(*, as_json: bool = False) -> Iterator[None]:
    """Turn what click says of a wrong call into a WrongCall."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:  # shows the help, which is Russian already
        raise
    except click.UsageError as error:
        wrong = WrongCall(_of_call(error), error.ctx)
        if as_json:
            print_json(failure(ConfigError(wrong.message, hint=wrong.hint)))
        raise wrong from None


def _of_call(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"такого ключа нет: {error.option_name}."
    if isinstance(error, click.BadOptionUsage):
        return f"ключу {error.option_name} нужно значение, или лишнее стоит при нём."
    if isinstance(error, click.BadParameter):
        name = _called(error.param)
        is_missing = isinstance(error, click.MissingParameter)
        return f"не задано: {name}." if is_missing else f"{name}: {_expected(error)}."
    for english, russian in _CALLS.items():
        if match := re.match(english, error.message):
            return russian.format(*match.groups())
    return error.message


def _called(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return param.opts[-1]
    return param.human_readable_name.upper() if param else "значение"


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        return f"нужно целое число от {kind.min}" + (f" до {kind.max}" if kind.max else "")
    if isinstance(kind, click.types.IntParamType):
        return "нужно целое число"
    if isinstance(kind, click.Choice):
        return f"нужно одно из: {', '.join(kind.choices)}"
    return error.message


def failure(error: RomiError) -> dict[str, Any]:
    """What `--json` prints of a command that gave nothing: the keys of a run, and the error."""
    empty: dict[str, Any] = {"sources": [], "refused": [], "complaints": [], "channels": []}
    return {"ok": False, "error": error.as_dict(), "book": "", **empty}


def print_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False))
