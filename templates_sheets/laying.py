"""Every report once, and the tabs that show them: the loop over `TABS`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, time
from types import MappingProxyType
from typing import Any, TypeVar

import pandas as pd

from metrics.settings import Settings
from templates_sheets import plain, typed_rows
from templates_sheets.material import Material
from templates_sheets.tab import Tab, Table
from templates_sheets.tabs import TABS

T = TypeVar("T")

#: What the material answers.
FIELDS = (*(f.name for f in fields(Material)), "joined", "facts")
#: What a tab's `table` may ask for beside the material and the reports.
OWN = ("tab", "tabs", "frame", "grid", "own_comments", "own_complaints")
#: What a report may ask for that takes much memory and is let go once those have it that ask.
_ROWS = frozenset(("rows", "joined"))
#: What a report may ask for that is there only when the other tabs are laid: title -> the cells,
#: the header row first, as a book is read.
WRITTEN = "written"


class Answers:
    """What reports and tabs ask for by the names of their parameters; each report is computed once.

    A name is a report's (its function's), one of FIELDS, or the key of an input tab.
    """

    def __init__(
        self,
        material: Material,
        tabs: Sequence[Tab] = TABS,
        ready: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """`ready` are answers that are there already, by name."""
        self.material = material
        self.reports = {report.__name__: report for tab in tabs for report in reports_of(tab)}
        self._answers = dict(ready)

    def __getitem__(self, name: str) -> Any:
        if name not in self._answers:
            self._answers[name] = self._answer(name)
        return self._answers[name]

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frame of every report that does not look at the finished tabs.

        Those that ask for rows come first, and of them those that ask for no other report: then
        rows and all that was joined of them are let go, but for the facts.
        """
        names = {name: asks(f) for name, f in self.reports.items() if WRITTEN not in asks(f)}
        of_rows = [name for name, others in names.items() if not _ROWS.isdisjoint(others)]
        of_rows.sort(key=lambda name: not self.reports.keys().isdisjoint(names[name]))
        for name in ("facts", *of_rows):
            self[name]
        self.material = replace(self.material, rows={})
        for name in _ROWS:
            self._answers.pop(name, None)
        return {name: self[name] for name in names}

    def forget_facts(self) -> None:
        """Every report is made: let go of what was joined."""
        self._answers.pop("facts", None)

    def tell(self, function: Callable[..., T], **own: Any) -> T:
        """Call a function with what its parameters name; `own` stands above the rest."""
        absent = {name for name in optional(function) if not self.has(name) and name not in own}
        return function(
            **{n: own[n] if n in own else self[n] for n in asks(function) if n not in absent}
        )

    def has(self, name: str) -> bool:
        """Whether there is an answer to a name."""
        answers = (self._answers, self.reports, FIELDS, self.material.typed)
        return any(name in names for names in answers)

    def show(self, laid: Collection[Table]) -> None:
        """From now on the cells of these tabs may be asked for."""
        self._answers[WRITTEN] = {
            t.tab.title: [[column.title for column in t.columns], *t.rows] for t in laid
        }

    def _answer(self, name: str) -> Any:
        if name in self.reports:
            return self.tell(self.reports[name])
        if name in FIELDS:
            return getattr(self.material, name)
        return self.material.typed[name]


def frames(rows: Mapping[str, pd.DataFrame], settings: Settings) -> dict[str, pd.DataFrame]:
    """Every report of conformed rows alone, by name: without what people typed and the store."""
    noon = datetime.combine(settings.as_of, time(12), settings.zone)
    return Answers(Material(settings, rows, noon)).frames()


def reports_of(tab: Tab) -> tuple[Callable[..., Any], ...]:
    """The reports that a tab brings."""
    return (*((tab.report,) if tab.report else ()), *tab.also)


def optional(function: Callable[..., Any]) -> set[str]:
    """The parameters that have a default: they are asked for only where there is an answer."""
    parameters = inspect.signature(function).parameters
    return {name for name, p in parameters.items() if p.default is not inspect.Parameter.empty}


def asks(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters: what it asks for."""
    return tuple(inspect.signature(function).parameters)


def tables(
    answers: Answers, present: Collection[str] = (), tabs: Sequence[Tab] = TABS
) -> list[Table]:
    """The tabs of a book, in their order; those whose reports ask for `written` are laid last.

    `present` are the keys of tabs that the book has already: a tab that is not `always` there
    comes with its first row and then stays.
    """
    last = [tab for tab in tabs if tab.report and WRITTEN in asks(tab.report)]
    laid = {tab.key: table(tab, answers) for tab in tabs if tab not in last}
    answers.show(laid.values())
    laid |= {tab.key: table(tab, answers) for tab in last}
    return [laid[tab.key] for tab in tabs if _belongs(laid[tab.key], present)]


def _report_of(tab: Tab) -> str:
    return tab.report.__name__ if tab.report else ""


def table(tab: Tab, answers: Answers, **ready: Any) -> Table:
    """One tab; `ready` stands above what would be asked for."""
    material = answers.material
    own: dict[str, Any] = {
        "tab": tab,
        "tabs": TABS,
        "grid": material.grids.get(tab.key, []),
        "own_comments": material.comments.get(tab.key, {}),
        "own_complaints": [c for c in material.complaints if c.tab == tab.title],
    } | ready
    if tab.report and "frame" not in own:
        own["frame"] = answers[_report_of(tab)]
    usual = typed_rows.table if tab.filled_by == "people" else plain.table
    laid = answers.tell(tab.table or usual, **own)
    hides = material.settings.hide_tabs
    # A link to a hidden tab leads nowhere.
    hidden = {other.key for other in TABS if other.title in hides}
    links = {place: key for place, key in laid.links.items() if key not in hidden}
    return replace(laid, hidden=tab.title in hides, links=links)


def _belongs(table: Table, present: Collection[str]) -> bool:
    tab = table.tab
    return tab.always or tab.filled_by == "people" or bool(table.rows) or tab.key in present
