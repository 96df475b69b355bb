"""Key phrases: whose words brought a lead, what of a campaign's cost they took (22)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from metrics.settings import NO_DIRECTION
from tests.reference.channels import DIRECT_NAME, found
from tests.reference.clinic import Clinic, Known, Spend
from tests.reference.people import Patient
from tests.reference.rows import Group, Row

NO_PHRASE = "Без фразы"


@dataclass(frozen=True)
class Phrased(Group):
    """A group with its phrase."""

    phrase: str


def phrased(group: Group, phrase: str) -> Phrased:
    return Phrased(group.channel, group.campaign, group.direction, group.retarget, phrase)


def normal(text: str) -> str:
    """«lower case, ё = е, cut at the first « -», without `+ ! " [ ] ( )`, single spaces;
    `---autotargeting` (before cutting) is «автотаргетинг»; empty, `{keyword}` …: «Без фразы»»"""
    text = text.lower().replace("ё", "е")
    if text == "---autotargeting":
        return "автотаргетинг"
    text = re.sub(r" -.*", "", text)
    text = re.sub(r" +", " ", re.sub(r'[+!"\[\]()]', "", text)).strip()
    return NO_PHRASE if text in ("", "{keyword}") else text


class PhraseClinic(Clinic):
    """The clinic whose groups have phrases; `phrase_rows` are those of the entity phrases."""

    def __init__(self, tables: dict[str, list[Row]], settings: object) -> None:
        super().__init__(tables, settings)
        self.phrase_rows = [r for r in tables["phrases"] if r["date"] <= self.settings.as_of]

    def _lead_group(self, lead: Row) -> Group:
        """«Phrase of a lead: utm_term of the touch that gives its channel»"""
        term = self.deciding_touch(lead).get("utm_term", "")
        return phrased(super()._lead_group(lead), normal(term))

    @cached_property
    def patient_group(self) -> dict[Patient, Group]:
        groups = Clinic.patient_group.func(self)
        return {
            patient: group if isinstance(group, Phrased) else phrased(group, NO_PHRASE)
            for patient, group in groups.items()
        }

    @cached_property
    def sessions(self) -> list[tuple[date, Group, int, int]]:
        return [
            (day, phrased(group, NO_PHRASE), *n) for day, group, *n in Clinic.sessions.func(self)
        ]

    @cached_property
    def direct_days(self) -> set[tuple[str, date]]:
        """«days on which the channel's winning cost (§1) is Direct's: of the source direct, or
        rows of the platform Direct»: cost rows of the kind that won."""
        days = set()
        won = {(p.group.channel, p.day): p.kind for p in Clinic.spend.func(self)}
        for row in self.cost_rows:
            kind = row["source"].split(":")[0]
            if kind != "direct" and not found(DIRECT_NAME, row["platform"]):
                continue
            channel = self._cost_group(row).channel
            days |= {
                (channel, day)
                for day, _ in self._day_costs(row, "cost")
                if won[channel, day] == kind
            }
        return days

    @cached_property
    def spend(self) -> list[Spend]:
        """«the campaign's cost less them, of either sign, is on «Без фразы», as is all other
        cost»"""
        pieces = [self._with(p, NO_PHRASE) for p in Clinic.spend.func(self)]
        for row, piece in self._counted_phrases():
            less = Spend(piece.day, piece.group, piece.kind, *(-n for n in (
                piece.cost, piece.impressions, piece.clicks)))  # fmt: skip
            pieces += [self._with(piece, normal(row["keyword"])), self._with(less, NO_PHRASE)]
        return pieces

    def _with(self, piece: Spend, phrase: str) -> Spend:
        group = phrased(piece.group, phrase)
        return Spend(piece.day, group, piece.kind, piece.cost, piece.impressions, piece.clicks)

    def _counted_phrases(self) -> Iterable[tuple[Row, Spend]]:
        """«Phrase costs count on days on which the channel's winning cost (§1) is Direct's»; «Where
        two sources report the cost of one channel on one day, one wins, never both»."""
        found_rows = [(row, piece) for row, piece in self._phrase_costs()]
        days: dict[tuple[str, date], dict[str, int]] = {}
        for _, piece in found_rows:
            of_day = days.setdefault((piece.group.channel, piece.day), {})
            of_day[piece.kind] = of_day.get(piece.kind, 0) + piece.cost
        won = {place: self.winner(of_day) for place, of_day in days.items()}
        for row, piece in found_rows:
            if won[piece.group.channel, piece.day] == piece.kind:
                spread = self.settings.spread_costs == "leads"
                yield from ((row, part) for part in (self._spread(piece) if spread else [piece]))

    def _phrase_costs(self) -> Iterable[tuple[Row, Spend]]:
        """«A phrase row's channel: the rules over it; its direction: its campaign's.»"""
        for row in self.phrase_rows:
            known = self.known(row["campaign_id"] or row["campaign"]) or Known(
                row["campaign"] or row["campaign_id"]
            )
            shown = row["campaign"] or known.utm_campaign or known.name
            fields = {"platform": row["platform"], "network": row["network"], "utm_campaign": shown}
            channel, _, retarget = self._channel(fields, is_cost=True)
            if (channel, row["date"]) not in self.direct_days:
                continue
            direction = (
                known.direction
                or self._pattern_direction(known.name, known.utm_campaign)
                or NO_DIRECTION
            )
            group = Group(channel, known.name, direction, retarget)
            counts = row["cost"], row["impressions"] or 0, row["clicks"] or 0
            yield row, Spend(row["date"], group, row["source"].split(":")[0], *counts)
