"""Callibri: literal pages in, literal rows out, and what its own quirks ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sheets_sync.errors import SourceError
from tests.doubles.callibri import CallibriDouble
from tests.sources.live import KEYRING, Line
from tests.sources.yandex import Hands

ONE, OTHER, LAST = (KEYRING.person_key(f"7900000000{n}") for n in (1, 2, 4))


@pytest.fixture
def callibri(clock: Hands) -> Iterator[CallibriDouble]:
    with CallibriDouble(clock=clock) as double:
        yield double


@pytest.fixture
def line(callibri: CallibriDouble, tmp_path: Path, clock: Hands) -> Line:
    return Line(callibri, tmp_path, clock, **{"from": "2026-11-01"})


def test_calls_are_taken_once_however_many_channels_name_them(line: Line) -> None:
    line.pull()
    names = ("started_at", "person_key", "is_unique", "is_target", "utm_campaign", "ym_client_id")
    assert {r["call_id"]: tuple(str(r[n]) for n in names) for r in line.rows("calls")} == {
        "callibri:301": (
            *("2026-11-02 06:44:44+00:00", ONE, "True", "True"),
            *("implant", "1730000000000000001"),
        ),
        "callibri:302": ("2026-11-02 06:50:00+00:00", ONE, "False", "False", "", ""),
        "callibri:303": ("2026-11-09 21:30:00+00:00", OTHER, "True", "True", "", ""),
        "callibri:v77 2026-11-20T05:00:00.000Z": (
            *("2026-11-20 05:00:00+00:00", LAST, "True", "True", "", ""),
        ),
    }


def test_forms_chats_and_letters_are_leads_of_call_tracking(line: Line) -> None:
    line.pull()
    names = ("lead_id", "created_at", "contact_type", "utm_source", "landing_path", "role")
    assert [tuple(str(r[n]) for n in names) for r in line.rows("leads")] == [
        ("callibri:304", "2026-11-10 12:00:00+00:00", "form", "vk", "/implant", "tracking"),
        ("callibri:305", "2026-11-11 12:00:00+00:00", "chat", "", "/implant", "tracking"),
        ("callibri:306", "2026-11-12 12:00:00+00:00", "other", "", "/implant", "tracking"),
    ]
    assert line.rows("leads")[1]["person_key"] == KEYRING.person_key("", "ivanova@clinic.example")


def test_a_week_is_asked_with_a_day_more_on_both_sides(
    line: Line, callibri: CallibriDouble
) -> None:
    line.pull()
    asked = [(a.query["date1"], a.query["date2"]) for a in callibri.asked]
    assert list(dict.fromkeys(asked)) == [
        ("19.11.2026", "25.11.2026"),
        ("14.11.2026", "20.11.2026"),
        ("09.11.2026", "15.11.2026"),
        ("04.11.2026", "10.11.2026"),
        ("31.10.2026", "05.11.2026"),
    ]


@pytest.mark.parametrize(
    ("kind", "permanent"), [("auth", True), ("rights", True), ("quiet", False)]
)
def test_an_error_with_status_200_is_an_error(
    line: Line, callibri: CallibriDouble, kind: str, permanent: bool
) -> None:
    callibri.fail(kind, times=9)
    with pytest.raises(SourceError) as caught:
        line.pull()
    assert caught.value.permanent is permanent
    assert "код" in caught.value.message


def test_check_names_the_sites(callibri: CallibriDouble, tmp_path: Path, clock: Hands) -> None:
    (seen,) = Line(callibri, tmp_path, clock).probe()
    assert (seen.ok, seen.seen) == (
        True,
        "отвечает; сайты: 12 clinic.example, 13 other.example",
    )
    assert not Line(callibri, tmp_path, clock, site_id=99).probe()[0].ok
