"""Outside cells to values: ids, addresses, counts and durations, as programs and people write them."""

from __future__ import annotations

import pytest

from sheets_sync.reading import normalize


def test_ids_stay_texts() -> None:
    assert normalize.native_id("00123") == "00123"
    assert normalize.native_id("124.0") == normalize.native_id("124,00") == "124"
    assert normalize.native_id("1\u00a0017") == "1017"
    assert normalize.native_id("A-7.0") == "A-7.0"


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("https://clinic.ru/implant?phone=79160000000#form", "/implant"),
        ("https://clinic.ru", "/"),
        ("clinic.ru/a/b", "/a/b"),
        ("/a?utm_source=x", "/a"),
        ("https://clinic.ru/%D0%B8%D0%BC", "/им"),
        ("http://[", ""),
    ],
)
def test_of_a_page_only_its_path_is_kept(cell: str, path: str) -> None:
    assert normalize.landing_path(cell) == path


@pytest.mark.parametrize(
    ("cell", "site"),
    [
        ("https://www.Yandex.ru/search?text=a", "yandex.ru"),
        ("google.com", "google.com"),
        ("https://user:p@site.ru:8080/x", "site.ru"),
        ("не знаю", ""),
    ],
)
def test_of_a_referrer_only_its_site_is_kept(cell: str, site: str) -> None:
    assert normalize.referrer_domain(cell) == site


def test_durations_and_counts() -> None:
    assert [
        normalize.seconds(t) for t in ("95", "1:35", "00:01:35", "95 сек", "1 мин 35 с", "долго")
    ] == [
        95,
        95,
        95,
        95,
        95,
        None,
    ]
    assert [normalize.count(t) for t in ("1 234", "12.0", "-5", "1,5", "00 49 30 5550117")] == [
        1234,
        12,
        *[None] * 3,
    ]
