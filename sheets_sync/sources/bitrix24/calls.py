"""Calls of a portal: one method, or fifty commands in one request; a method that worked too long is waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.sources.api import Api
from sheets_sync.sources.json_paths import at

#: A method that worked for too long in the last ten minutes; how often such a call is tried.
WORN, _WAITS = "OPERATION_TIME_LIMIT", 5
_LATER = "Следующая синхронизация попробует снова."


def call(api: Api[Any], method: str, params: dict[str, Any]) -> Any:
    """A method's answer. One that worked too long in ten minutes is asked again when the portal said
    that it may; other methods go on meanwhile. Raises SourceError."""
    resets: dict[str, float] = api.memory.setdefault("resets", {})
    for _ in range(_WAITS):
        try:
            answer = api.post(f"/{method}", params)
        except HttpError as error:
            # Over the end of the run nothing is waited for: the next one goes on.
            wait = _rest(resets.get(method, 0.0) - api.clock.unix())
            if at(error.payload, "error") != WORN or api.clock.unix() + wait > api.context.until:
                raise
            refused = error
            api.clock.sleep(wait)
        else:
            resets[method] = float(at(answer, "time.operating_reset_at") or 0)
            return answer
    raise refused


def batch(api: Api[Any], commands: Mapping[str, str]) -> Iterator[tuple[str, Any, int]]:
    """What came of up to fifty commands in one request: name, result, how many rows there are in all.

    It is answered with HTTP 200 whatever becomes of each. Those of a method that worked too long are
    asked again when the portal said that they may. Raises SourceError.
    """
    resets: dict[str, float] = api.memory.setdefault("resets", {})
    left = dict(commands)
    for _ in range(_WAITS):
        answer = call(api, "batch", {"halt": 0, "cmd": left})
        # An empty map is an empty list.
        results, refused, totals, times = (
            at(answer, f"result.{name}") or {}
            for name in ("result", "result_error", "result_total", "result_time")
        )
        if not results and not refused:
            raise KeyError("result")
        for name, result in results.items():
            resets[_method(left[name])] = float(at(times, f"{name}.operating_reset_at") or 0)
            yield name, result, int(at(totals, name) or 0)
        left = {name: left[name] for name, error in refused.items() if _code(error) == WORN}
        other = next((e for n, e in refused.items() if n not in left), None)
        if other is not None:
            raise SourceError(f"отказ {_code(other)}: {at(other, 'error_description') or ''}")
        if not left:
            return
        reset = max(resets.get(_method(command), 0.0) for command in left.values())
        wait = _rest(reset - api.clock.unix())
        if api.clock.unix() + wait > api.context.until:
            break
        api.clock.sleep(wait)
    raise SourceError("просит спрашивать реже.", hint=_LATER, permanent=False)


def _method(command: str) -> str:
    return command.partition("?")[0]


def _code(error: Any) -> str:
    return str(at(error, "error"))


def _rest(seconds: float) -> float:
    """Seconds to wait: what the portal told, never above its ten minutes; a minute if it told none."""
    return min(seconds, 600.0) + 1 if seconds > 0 else 60.0
