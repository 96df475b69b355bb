"""What people see of the menu's sidebar, in a real browser.

Chromium is not among the things `make test` installs: where it is missing this is skipped, in CI too.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIDEBAR = Path(__file__).parents[2] / "templates_sheets" / "apps_script" / "sidebar.html"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not here: no page was shown")

#: Shows a page in a frame of a given width and writes down what a script finds in it.
FRAME = """<!doctype html><meta charset="utf-8"><pre id="found"></pre>
<script>
const frame = document.createElement('iframe');
frame.width = {width};
frame.height = 800;
frame.onload = () => setTimeout(() => {{
  const page = frame.contentDocument, shown = (e) => e.getClientRects().length > 0;
  document.getElementById('found').textContent = JSON.stringify((() => {{ {script} }})());
}}, 300);
frame.srcdoc = {page};
document.body.append(frame);
</script>"""


def look(tmp_path: Path, page: str, script: str, *, width: int) -> Any:
    """Show `page` and give what `script` returns; `page` is its document there."""
    as_script = json.dumps(page).replace("</", "<\\/")
    frame = FRAME.format(width=width, page=as_script, script=script)
    (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM),
            *FLAGS,
            f"--user-data-dir={tmp_path / 'browser'}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            (tmp_path / "frame.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None
    return json.loads(html.unescape(found[1]))


SOURCES = [
    {"what": "Лиды, выгрузка", "good_at": "24.11.2026 18:00", "stale": False},
    {"what": "Расходы, Директ", "good_at": "", "stale": True},
]
COUNTS = {"read": 900, "new": 128, "changed": 17, "refused": 3, "stale": 1}


@pytest.mark.parametrize(
    ("run", "title", "words"),
    [
        ({"state": "queued", "percent": 0}, "В очереди", ["Жду, когда освободится исполнитель…"]),
        (
            {"state": "running", "percent": 42, "stage": "Читаю Метрику"},
            "Обновляю",
            ["Читаю Метрику", "42 %"],
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
    ids=["queued", "running", "done", "partly", "failed"],
)
def test_the_sidebar_tells_how_the_run_is(
    tmp_path: Path, run: dict[str, Any], title: str, words: list[str]
) -> None:
    stub = """<script>
    const google = { script: { run: { withFailureHandler() { return this; },
      withSuccessHandler(then) { this.then = then; return this; },
      startRefresh() { const then = this.then; setTimeout(() => then({ run_id: 'r' })); },
      followRun() { const then = this.then; setTimeout(() => then(RUN)); } } } };
    </script>""".replace("RUN", json.dumps(run))
    sidebar = SIDEBAR.read_text(encoding="utf-8")
    sidebar = sidebar.replace("<?!= JSON.stringify(mode) ?>", '"refresh"')
    found = look(
        tmp_path,
        sidebar.replace("<script>", stub + "<script>", 1),
        """
        return {title: page.getElementById('title').textContent, text: page.body.innerText,
          wide: page.documentElement.scrollWidth, wait: page.getElementById('again').disabled};
        """,
        width=300,
    )
    assert found["title"] == title
    assert [w for w in words if w not in found["text"]] == []
    assert found["wide"] <= 300
    assert found["wait"] == (run["state"] in {"queued", "running"})
