"""`romi-sheets digest`: the week in words and a picture; sent where it is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from sheets_sync.command.begin import WAITS, command_clock, loaded
from sheets_sync.command.calls import DONE, FAILED
from sheets_sync.home import opened
from sheets_sync.notify.after_sync import send_digest
from sheets_sync.notify.letters import outcomes
from sheets_sync.notify.picture import write_picture
from sheets_sync.notify.week_digest import digest_of


def run(clinic_file: Path, png: Path | None, *, send: bool) -> int:
    clinic, service = loaded(clinic_file)
    clock = command_clock(service)
    now = clock.now()
    with opened(service) as store:
        shown = digest_of(clinic, store, service, now)
        click.echo("\n".join(shown.lines))
        if png is not None:
            write_picture(png, shown.week)
        if not send:
            return DONE
        with store.jobs.by_hand(clinic.id, now, partial(click.echo, WAITS, err=True)):
            letters = send_digest(clinic, store, service, clock, now)
    click.echo("\n".join(outcomes(clinic, letters)))
    return DONE if all(letter.state == "sent" for letter in letters) else FAILED
