"""`python -m bench [--quick] [PART …]`: every measurement of the README, in one run."""

from __future__ import annotations

import os
import platform

import click

from bench import (
    attribution,
    google,
    imports,
    libreoffice,
    metrica_tsv,
    night,
    pages,
    spreadsheet,
    sync,
    tabs,
    web,
)
from bench.clock import line

#: Appointments, with three quarters as many payments; leads.
WHOLE, LEADS = 1_000_000, 300_000
#: Touches of those leads.
TOUCHES = 1_000_000
#: Visits of a log of Metrica.
VISITS = 10_000_000
PARTS = (
    *("tabs", "attribution", "import", "sync", "logs", "formulas", "google", "spreadsheet", "web"),
    *("pages", "night"),
)


@click.command()
@click.option("--quick", is_flag=True, help="A hundredth of the size, once: is the bench alive?")
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
def main(*, quick: bool, parts: tuple[str, ...]) -> None:
    """Print medians of 5 and ratios; a ratio above 1 is in our favour."""
    names = parts or PARTS
    repeats = 1 if quick else 5
    cores = len(os.sched_getaffinity(0))
    print(f"Python {platform.python_version()}, {cores} cores, medians of {repeats}\n")
    line("what", "ours", "theirs", "ratio")
    if "tabs" in names:
        tabs.measure((WHOLE // 100,) if quick else (WHOLE // 10, WHOLE), repeats)
    if "attribution" in names:
        size = 100 if quick else 1
        attribution.measure(TOUCHES // size, LEADS // size, repeats)
    if "import" in names:
        imports.measure(LEADS // 100 if quick else LEADS, repeats)
    if "sync" in names:
        sync.measure((WHOLE // 5_000,) if quick else (WHOLE // 10, WHOLE), repeats)
    if "logs" in names:
        metrica_tsv.measure(VISITS // 100 if quick else VISITS)
    if "formulas" in names:
        libreoffice.measure((250,) if quick else (5_000, 20_000), repeats)
    if "google" in names:
        google.measure(200 if quick else 20_000)
    if "web" in names:
        web.measure(*((5, 4) if quick else (60, 40)))
    if "pages" in names:
        pages.measure(*((50, 200, 5) if quick else (1_000, WHOLE // 10, 200)))
    if "night" in names:
        night.measure(100 if quick else 1)
    if "spreadsheet" in names:
        spreadsheet.measure(*((300,) if quick else (5_000, 50_000)))


if __name__ == "__main__":
    main()
