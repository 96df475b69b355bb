"""What a person reads about a local list: how many, where, who is not in it and why."""

from __future__ import annotations

from pathlib import Path

import click

from metrics.wording import counted
from sheets_sync.lists.recall import RecallList
from sheets_sync.lists.segment import DELICATE, SegmentList

_PERSONAL = "Не записаны, потому что ячейка похожа на имя, телефон или e-mail"


def show_recall(made: RecallList, path: Path) -> None:
    """How many patients were written where, and how many are not in the list and why."""
    click.echo(f"Записано: {counted(made.patients, 'пациент', 'пациента', 'пациентов')} в {path}")
    for reason, people in (
        ("Известны только по телефону, номера карты нет", made.by_phone),
        ("Номера карты нет ни в одной выгрузке", made.nowhere),
        (_PERSONAL, made.left_out),
    ):
        click.echo(f"{reason}: {people}")
    for line in made.unread:
        click.echo(f"Не прочитано: {line}")


def show_segment(made: SegmentList, path: Path) -> None:
    """How many ClientIDs were written where, and what Direct does with such segments."""
    people = counted(made.clients, "посетитель", "посетителя", "посетителей")
    click.echo(f"Записано: {people} в {path}")
    if made.left_out:
        click.echo(f"{_PERSONAL}: {made.left_out}")
    click.echo(DELICATE)
