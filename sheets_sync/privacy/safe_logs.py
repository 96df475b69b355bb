"""Logs as JSON lines with the run's id; what is personal is cut out on the way."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

from sheets_sync.privacy.personal import redact

_run: ContextVar[Mapping[str, str]] = ContextVar("run", default=MappingProxyType({}))


@contextmanager
def run_logged(run_id: str, clinic: str) -> Iterator[None]:
    """Put `run_id` and the clinic's id on every line logged meanwhile."""
    token = _run.set({"run_id": run_id, "clinic": clinic})
    try:
        yield
    finally:
        _run.reset(token)


class SafeLines(JsonFormatter):
    """One JSON object a line: at, level, logger, message, run_id, extra fields, error – without
    phones, e-mails and full names in any of them."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
            timestamp="at",
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: LogData) -> LogData:
        line = {**log_data, **_run.get(), "level": log_data["level"].lower()}
        return {name: _safe(value) for name, value in line.items()}


def _safe(value: Any) -> Any:
    """Numbers and moments as they are, all else as a text that names nobody."""
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    return redact(str(value))


def log_to_stderr(level: int = logging.INFO) -> None:
    """Make every logger of this process write redacted JSON lines to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # pymorphy3 says that it loads its words, and what is said is redacted by its words.
    for chatty in ("huey", "alembic", "pymorphy3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
