"""What people see of the menu's sidebar, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.web.browsing import assert_accessible, assert_fits

SIDEBAR = Path(__file__).parents[2] / "templates_sheets" / "apps_script" / "sidebar.html"
#: Google's side of the sidebar: answers with a run that is as it is.
GOOGLE = """<script>
const google = { script: { run: { withFailureHandler() { return this; },
  withSuccessHandler(then) { this.then = then; return this; },
  startRefresh() { const then = this.then; setTimeout(() => then({ run_id: 'r' })); },
  followRun() { const then = this.then; setTimeout(() => then(RUN)); } } } };
</script>"""

SOURCES = [
    {"what": "Лиды, выгрузка", "good_at": "24.11.2026 18:00", "stale": False},
    {"what": "Расходы, Директ", "good_at": "", "stale": True},
]
WAITING = {"queued", "running"}
COUNTS = {"read": 900, "new": 128, "changed": 17, "refused": 3, "stale": 1}


@pytest.mark.parametrize(
    ("run", "title", "words"),
    [
        ({"state": "queued", "percent": 0}, "В очереди", ["Жду очереди"]),
        ({"state": "running", "percent": 0}, "Обновляю", ["Начинаю…", "0\u00a0%"]),
        ({"state": "none"}, "Таблицу ещё не обновляли", []),
        (
            {"state": "running", "percent": 42, "stage": "Читаю Метрику"},
            "Обновляю",
            ["Читаю Метрику", "42\u00a0%"],
        ),
        (
            {"state": "done", "percent": 100, "counts": COUNTS, "sources": SOURCES[:1]},
            "Готово",
            ["128", "24.11.2026 18:00"],
        ),
        (
            {"state": "failed", "counts": COUNTS, "sources": SOURCES, "error": "Нет файла."},
            "Обновлено не всё",
            ["Нет файла.", "ни разу"],
        ),
        (
            {"state": "failed", "counts": {}, "error": "Нет доступа.", "hint": "Откройте доступ."},
            "Не получилось",
            ["Нет доступа.", "Откройте доступ."],
        ),
    ],
    ids=["queued", "begun", "none", "running", "done", "partly", "failed"],
)
def test_the_sidebar_tells_how_the_run_is(
    browser: Browser, run: dict[str, Any], title: str, words: list[str]
) -> None:
    html = SIDEBAR.read_text(encoding="utf-8").replace("<?!= JSON.stringify(mode) ?>", '"refresh"')
    with browser.new_context(viewport={"width": 300, "height": 800}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        google = GOOGLE.replace("RUN", json.dumps(run))
        page.set_content(html.replace("<script>", google + "<script>", 1))
        expect(page.locator("#title")).to_have_text(title)
        for word in words:
            expect(page.locator("body")).to_contain_text(word)
        expect(page.locator("#again")).to_be_enabled(enabled=run["state"] not in WAITING)
        assert_fits(page, 300)
        assert_accessible(page)
    assert complaints == []
