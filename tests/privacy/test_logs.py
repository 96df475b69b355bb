"""Logs: one JSON object a line, and nobody in any of its fields."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from sheets_sync.privacy.safe_logs import SafeLines, run_logged

PHONE = "8 916 123-45-67"


@pytest.fixture
def lines() -> Any:
    stream = io.StringIO()
    logger = logging.getLogger("romi-test-logs")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeLines())
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def _refuse(cell: str) -> None:
    raise ValueError(f"bad cell {cell}")


def test_a_line_says_when_how_grave_who_and_what(lines: Any) -> None:
    logger, read = lines
    with run_logged("r-1", "north"):
        logger.warning("синхронизация %s", "готова", extra={"seconds": 1.5, "source": "file:a.csv"})
    logger.warning("без запуска")
    first, second = read()
    assert datetime.fromisoformat(first.pop("at")).tzinfo is not None
    assert first == {
        "level": "warning", "logger": "romi-test-logs", "message": "синхронизация готова",
        "run_id": "r-1", "clinic": "north", "seconds": 1.5, "source": "file:a.csv",
    }  # fmt: skip
    assert "run_id" not in second


def test_message_arguments_extra_fields_and_traceback_name_nobody(lines: Any) -> None:
    logger, read = lines
    with pytest.raises(ValueError, match="bad cell") as caught:
        _refuse(PHONE)
    logger.error(
        "строка %s: %s",
        5,
        "Тестова Мария Петровна",
        exc_info=caught.value,
        extra={"cell": PHONE, "row": {"mail": "masha@mail.ru"}},
    )
    (line,) = read()
    assert line["message"] == "строка 5: [имя]"
    assert "bad cell [телефон]" in line["error"]
    assert line["cell"] == "[телефон]"
    assert line["row"] == "{'mail': '[e-mail]'}"
    assert not any(
        part in json.dumps(line, ensure_ascii=False) for part in ("916", "masha", "Мария")
    )


def test_the_words_that_redact_a_line_may_be_loaded_by_that_very_line() -> None:
    script = (
        "import logging\n"
        "from sheets_sync.privacy.safe_logs import log_to_stderr\n"
        "log_to_stderr()\n"
        "logging.getLogger('run').info('звонил Скворцов Пётр')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert "Скворцов" not in done.stderr
    assert '"logger": "run"' in done.stderr
