"""Lines of Metrica's log of visits to touches: every visit once, nothing personal."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.sources.metrica import touches
from sheets_sync.sources.metrica.touches import FIELDS, UnreadableLog, VisitLog
from tests.doubles.site import Visit
from tests.sources.metrica_pulls import pull_touches
from tests.sources.yandex import COUNTER, YESTERDAY, at

pytestmark = pytest.mark.usefixtures("yandex_token")


def test_a_visit_is_a_touch_with_its_time_in_utc_and_no_query_of_its_page(metrica, tmp_path, clock):
    pulled = pull_touches(metrica, tmp_path, clock)

    assert (pulled.read, pulled.refused_count) == (16, 0)
    assert pulled.replace == (date(2026, 11, 14), YESTERDAY)
    day = pulled.frame[pulled.frame["touch_id"].str.startswith(str(YESTERDAY))]
    shown = day.drop(columns=["source", "person_key", "utm_content"]).astype(str)
    assert shown.values.tolist() == [
        [
            "2026-11-23:500000000000002001",
            "2026-11-23 07:00:00+00:00",
            "1700000000123456789",
            "ad",
            "",
            "ya_direct",
            "",
            "",
            "300001",
            "",
            "12345678901234567890",
            "222333",
            "/implant",
            "/thanks",
        ],
        [
            "2026-11-23:500000000000002002",
            "2026-11-23 08:00:00+00:00",
            "1700000000987654321",
            "organic",
            "organic.yandex",
            "",
            "",
            "",
            "",
            'виниры "люкс"\tцена',
            "",
            "222333,222336,222336",
            "/",
            "/",
        ],
        [
            "2026-11-23:500000000000002003",
            "2026-11-23 20:59:00+00:00",
            "",
            "ad",
            "",
            "",
            "vk",
            "cpc",
            "осень\\2026",
            "",
            "",
            "",
            "/",
            "/",
        ],
        [
            "2026-11-23:500000000000002004",
            "2026-11-23 10:00:00+00:00",
            "1",
            "direct",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "/",
            "/",
        ],
    ]
    assert "79161234567" not in pulled.frame.to_csv()


def test_lines_that_are_no_visits_are_counted_with_the_first_of_them_shown(
    metrica, tmp_path, clock
):
    cells = len(FIELDS)
    metrica.logs.dirty_rows = (
        b"one\ttwo",
        b"",
        b"\t".join([b"x"] * cells),
        b"\t".join([b"77", b"2026-11-23", b"2026-11-23 10:00:99"] + [b""] * (cells - 3)),
        b"\t".join([b"78", b"2026-11-23", b"2026-11-23 10:00:00", b"9"] + [b"\xff"] * (cells - 4)),
    )
    pulled = pull_touches(metrica, tmp_path, clock)

    assert (pulled.read, pulled.refused_count, len(pulled.frame)) == (21, 4, 17)
    assert [(r.row, r.reason) for r in pulled.refused] == [
        (2, f"ячеек 2, нужно {cells}"),
        (3, "нет номера или времени"),
        (4, "нет номера или времени"),
        (5, "нет номера или времени"),
    ]
    assert pulled.notes == ("В журнале визитов Метрики испорченных строк: 4 из 21.",)


def test_a_page_or_tag_that_carries_a_person_is_emptied(metrica, tmp_path, clock):
    metrica.counters[COUNTER].visits[:] = [
        Visit(at(YESTERDAY), "1", "5", path="/thanks/79161234567/", utm_content="ivan@mail.ru"),
        Visit(at(YESTERDAY), "2", "5", path="/lk/ivan%40mail.ru", utm_term="+7 916 123-45-67"),
        Visit(at(YESTERDAY), "3", "5", path="/lk/79161234567", end="/lk/ivan@mail.ru"),
    ]
    pulled = pull_touches(metrica, tmp_path, clock)

    columns = ["utm_content", "utm_term", "landing_path", "end_path"]
    assert (pulled.frame[columns] == "").all(axis=None)


def _tsv(*rows, header=None):
    names = header or FIELDS
    return ("\t".join(names) + "\n" + "".join("\t".join(r) + "\n" for r in rows)).encode()


def _row(visit, when="2026-11-23 10:00:00", url="https://a.ru/x?yclid=5#y", order="0", campaign=""):
    return [
        visit,
        when[:10],
        when,
        "9",
        url,
        "[1,2]",
        "https://a.ru/thanks?phone=79161234567",
        "ad",
        "ya_direct",
        "",
        "",
        "",
        "s",
        "m",
        campaign,
        "",
        "",
        order,
    ]


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_pieces_of_any_size_give_the_same_touches(monkeypatch, size):
    monkeypatch.setattr(touches, "BLOCK", 300)
    body = _tsv(*(_row(str(n)) for n in range(20)))
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    visits = VisitLog(ZoneInfo("Europe/Moscow"))

    blocks = list(visits.touches(pieces, "p"))

    found = [t for block in blocks for t in block["touch_id"].to_pylist()]
    assert found == [f"2026-11-23:{n}" for n in range(20)]
    assert visits.read == 20


def test_fields_are_known_by_name_whatever_their_order_and_model():
    header = [h.replace(":last", ":crossDeviceLastSignificant") for h in FIELDS]
    order = list(reversed(range(len(header))))
    row = _row("7", campaign="осень", order="300001")
    body = _tsv([row[n] for n in order], header=[header[n] for n in order])

    (block,) = VisitLog(ZoneInfo("UTC")).touches([body], "p")

    assert block["utm_campaign"].to_pylist() == ["осень"]
    assert block["yclid"].to_pylist() == ["5"]
    assert block["landing_path"].to_pylist() == ["/x"]
    assert block["end_path"].to_pylist() == ["/thanks"]


def test_a_part_without_a_field_we_need_is_an_error():
    with pytest.raises(UnreadableLog, match="visitID"):
        list(VisitLog(ZoneInfo("UTC")).touches([b"ym:s:date\n2026-11-23\n"], "p"))


def test_a_block_of_nothing_but_broken_lines_gives_no_touches():
    visits = VisitLog(ZoneInfo("UTC"))
    body = _tsv(["a", "b"], ["c"], ["d\re"])

    assert [len(block) for block in visits.touches([body], "p")] == [0]
    assert (visits.read, visits.refused_count) == (4, 4)


def test_wall_clock_times_of_a_zone_with_summer_time_become_utc():
    body = _tsv(
        _row("1", "2026-03-29 01:30:00"),
        _row("2", "2026-03-29 03:30:00"),
        _row("3", "2026-10-25 02:30:00"),
        _row("4", "2026-10-25 03:30:00"),
    )
    (block,) = VisitLog(ZoneInfo("Europe/Berlin")).touches([body], "p")

    assert [t.strftime("%d %H:%M") for t in block["at"].to_pylist()] == [
        "29 00:30",
        "29 01:30",
        "25 00:30",
        "25 02:30",
    ]
