"""What tests of pages ask of a browser, and the clinics they show."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "apps_script" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def assert_accessible(page: Page) -> None:
    """No serious fault by axe-core; without it (npm) the test is skipped."""
    if not AXE.exists():
        missing = "axe-core is not here: npm ci in tests/apps_script"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    # Through the debugger: the page's own policy lets no script of others in.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        f"axe.run(document, {{runOnly: {json.dumps(_RULES)}}})"  # gives a promise
    )
    serious = [
        f"{fault['id']}: {fault['help']}: {[node['html'][:160] for node in fault['nodes']][:3]}"
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def assert_fits(page: Page, width: int) -> None:
    """Nothing is wider than the screen, once its style is there."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def is_spoken(page: Page) -> str:
    """What has the keyboard's focus: its text or label."""
    text: str = page.evaluate(
        "(e => e.getAttribute('aria-label') || e.innerText || e.value || e.name || '')"
        "(document.activeElement)"
    )
    return text.strip()
