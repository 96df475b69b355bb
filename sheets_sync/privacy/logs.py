"""Logs as JSON lines with the run's id; personal data and secrets are redacted on the way out."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sheets_sync.privacy.personal import redact

_run: ContextVar[Mapping[str, str]] = ContextVar("run", default=MappingProxyType({}))
_OWN = frozenset(vars(logging.makeLogRecord({})))


@contextmanager
def run_logged(run_id: str, clinic: str) -> Iterator[None]:
    """Put `run_id` and the clinic's id on every line logged meanwhile."""
    token = _run.set({"run_id": run_id, "clinic": clinic})
    try:
        yield
    finally:
        _run.reset(token)


class PersonalFilter(logging.Filter):
    """Cuts phones, e-mails and full names out of a log record, its arguments and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, run_id, extra fields, error."""

    # The filter has made exc_text of exc_info, without what is personal.
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_run.get(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _OWN and k != "message"}
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr(level: int = logging.INFO) -> None:
    """Make every logger of this process write redacted JSON lines to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(PersonalFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("huey", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
