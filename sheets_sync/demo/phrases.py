"""Direct's report by display criteria: which phrases of the invented clinic's search were paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from sheets_sync.demo.economy import DIRECT
from sheets_sync.demo.exports import amount, russian, write_csv
from sheets_sync.demo.keywords import keywords
from sheets_sync.demo.spending import Spent

PHRASES_SOURCE = """\
[[source]]                          # отчёт Директа по условиям показа: фразы, а не запросы людей
kind = "file"
entity = "phrases"
path = "exports/direct_frazy.csv"
"""
_HEADER = (
    "Дата", "Рекламная система", "Название кампании", "№ кампании", "Условие показа",
    "Тип площадки", "Показы", "Клики", "Расход (руб.)",
)  # fmt: skip


def write_phrases(folder: Path, random: Random, spent: Sequence[Spent]) -> str:
    """A row a day, search campaign and phrase; costs with VAT, as much as the campaign's."""
    rows = [
        [
            russian(row.first),
            DIRECT,
            row.campaign.campaign,
            row.campaign.campaign_id,
            phrase,
            "Поиск",
            str(impressions),
            str(clicks),
            amount(cost),
        ]
        for row in spent
        if row.campaign.network == "SEARCH"
        for phrase, cost, impressions, clicks in _split(random, row)
    ]
    write_csv(folder / "direct_frazy.csv", (_HEADER, *rows), "utf-8-sig")
    return PHRASES_SOURCE


def _split(random: Random, row: Spent) -> Iterator[tuple[str, int, int, int]]:
    """Phrase, kopecks, impressions and clicks: a day of a campaign, nothing lost."""
    left = [row.cost, row.impressions, row.clicks]
    phrases = keywords(row.campaign)
    for place, (phrase, share) in enumerate(phrases):
        part = share * random.uniform(0.7, 1.3)
        last = place == len(phrases) - 1
        parts = [
            rest if last else min(round(whole * part), rest)
            for whole, rest in zip((row.cost, row.impressions, row.clicks), left, strict=True)
        ]
        left = [rest - some for rest, some in zip(left, parts, strict=True)]
        if any(parts):
            yield phrase, parts[0], parts[1], parts[2]
