"""Every «definitions §N» in the code is a section of docs/definitions.md, and every article a row."""

from __future__ import annotations

import re
from pathlib import Path

from metrics.measures.ratios import PERIOD_RATIOS, WORTH_RATIOS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
CODE = [
    path.read_text(encoding="utf-8")
    for room in ("metrics", "sheets_sync", "templates_sheets", "bench", "tests")
    for path in (ROOT / room).rglob("*.py")
]


def test_every_section_that_the_code_names_is_on_the_page() -> None:
    headings = set(re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE))
    named = {
        number
        for text in CODE
        for list_ in re.findall(r"[Dd]efinitions ((?:§\d+[-–, и]*)+)", text)
        for number in re.findall(r"\d+", list_)
    }
    assert len(named) > 10
    assert named <= headings
    assert headings == {str(n) for n in range(1, 25)}


def test_every_article_that_the_code_or_the_page_names_is_listed() -> None:
    listed = set(re.findall(r"^\| (S\d) \|", PAGE, re.MULTILINE))
    assert {
        letter for text in (*CODE, PAGE) for letter in re.findall(r"\bS[0-3]\b", text)
    } == listed


def test_every_ratio_is_defined_on_the_page() -> None:
    for ratio in (*PERIOD_RATIOS, *WORTH_RATIOS):
        assert re.search(rf"^\| {ratio.key} \| {re.escape(ratio.title)} \|", PAGE, re.MULTILINE), (
            ratio
        )
