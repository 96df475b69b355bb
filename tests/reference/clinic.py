"""Channel, campaign, direction of leads, patients, costs and traffic (definitions 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from metrics.settings import NO_CAMPAIGN, NO_CHANNEL, NO_DIRECTION
from tests.reference.channels import Fields, channel, folded, found
from tests.reference.histories import Histories
from tests.reference.money import by_day, largest_remainder, margin
from tests.reference.people import Patient
from tests.reference.rows import Group, Row
from tests.reference.two_files import TwoFiles, traffic_once

UTM = ("utm_source", "utm_medium", "utm_campaign")
LEAD_FIELDS = (*UTM, "source_raw", "yclid", "referrer_domain", "contact_type")
TRAFFIC_FIELDS = (*UTM, "traffic_source", "adv_engine")


@dataclass(frozen=True)
class Known:
    """«what they know: name, network, direction»"""

    name: str
    network: str = ""
    direction: str = ""
    utm_campaign: str = ""


@dataclass(frozen=True)
class Spend:
    """One cost row's money on one day."""

    day: date
    group: Group
    kind: str
    cost: int
    impressions: int
    clicks: int


def _campaign(cost: Row) -> str:
    """A cost row's campaign: its name, else its utm_campaign, else its id."""
    name: str = cost["campaign"] or cost["utm_campaign"] or cost["campaign_id"]
    return name


class Clinic(Histories):
    """Rows of one clinic and what §2 and §3 say of them."""

    def _day_costs(self, row: Row, column: str) -> list[tuple[date, int]]:
        """Days of a cost row after `as_of` «do not exist for a report»."""
        count = (row["date_to"] - row["date_from"]).days + 1
        days = [row["date_from"] + timedelta(days=i) for i in range(count)]
        shares = by_day(row[column] or 0, count)
        return [
            (d, s)
            for d, s in zip(days, shares, strict=True)
            if d <= self.settings.as_of
            and not self._files.is_held_later(row, d)
            and not self._files.is_total(row)
        ]

    @cached_property
    def _files(self) -> TwoFiles:
        return TwoFiles(self.cost_rows, self.settings)

    @cached_property
    def _costs(self) -> list[Row]:
        """Cost rows of which there is a day."""
        return [r for r in self.cost_rows if self._day_costs(r, "cost")]

    def known(self, word: str) -> Known | None:
        """«a lead's campaign is first looked up among the cost rows (by id or name, without case)
        and inherits what they know: name, network, direction»; «with most cost if several». A
        word that is neither may be their utm_campaign, «so a channel's money and its patients
        meet»."""
        wanted, rows = folded(word), self._costs
        matching = [
            r for r in rows if wanted and wanted in (folded(r["campaign_id"]), folded(_campaign(r)))
        ] or [r for r in rows if wanted and wanted == folded(r["utm_campaign"])]
        if not matching:
            return None
        weighed = [(r, sum(c for _, c in self._day_costs(r, "cost"))) for r in matching]
        return Known(
            _most([(_campaign(r), cost) for r, cost in weighed]),
            _most([(r["network"], cost) for r, cost in weighed]),
            _most([(r["direction"], cost) for r, cost in weighed]),
            _most([(r["utm_campaign"], cost) for r, cost in weighed]),
        )

    def _pattern_direction(self, *texts: str) -> str:
        """«else an editable pattern in «Направления» over campaign, service, landing page»: the
        first pattern that is found in any; a campaign is its name and its utm_campaign."""
        for pattern, direction in self.settings.directions:
            if any(found(pattern, text) for text in texts):
                return direction
        return ""

    def _channel(self, row: Fields, *, is_cost: bool = False) -> tuple[str, int, bool]:
        return channel(row, self.settings.rules, is_cost=is_cost)

    @cached_property
    def lead_group(self) -> dict[str, Group]:
        return {i: self._lead_group(lead) for i, lead in self.leads.items()}

    def _lead_group(self, lead: Row) -> Group:
        """«**Channel** by an ordered table» · «**Campaign**: the lead's utm_campaign, shown by the
        name its cost rows give.» · «**Direction**: the direction of the **campaign** that brought
        the lead …; else the lead's own; else «Без направления»» · «With no touches found, the
        lead's own utm and source are its only touch.»"""
        touch = self.deciding_touch(lead)
        row = {f: touch.get(f, "") for f in (*LEAD_FIELDS, *TRAFFIC_FIELDS)}
        word = row["utm_campaign"]
        known = self.known(word) or Known(word)
        row |= {"utm_campaign": known.name, "network": known.network}
        name, _, retarget = self._channel(row)
        texts = (known.name, known.utm_campaign, word)
        direction = (
            known.direction
            or self._pattern_direction(*texts, lead["service"], lead["landing_path"])
            or lead["direction"]
            or NO_DIRECTION
        )
        return Group(name, known.name, direction, retarget)

    @cached_property
    def patient_group(self) -> dict[Patient, Group]:
        """«A patient's bookings, visits and money carry the channel, campaign and direction of
        the acquiring lead, however late they come. A patient without one has the channel of the
        first booking's `source_raw` by the rules, else «Не определён», no campaign, and the
        direction of the first visit.»"""
        found_groups = {}
        for patient in self.patients:
            lead = self.acquiring_lead(patient)
            if lead is not None:
                found_groups[patient] = self.lead_group[lead]
                continue
            booking, visit = self.first_booking(patient), self.first_visit(patient)
            name, retarget = NO_CHANNEL, False
            if booking and booking["source_raw"]:
                name, _, retarget = self._channel({"source_raw": booking["source_raw"]})
            direction = (visit["direction"] if visit else "") or NO_DIRECTION
            found_groups[patient] = Group(name, NO_CAMPAIGN, direction, retarget)
        return found_groups

    def _cost_group(self, row: Row) -> Group:
        """«A cost row's `campaign` is its utm_campaign where that is empty.» «Costs without a
        direction stay in «Без направления»», those of a campaign that a pattern of «Направления»
        names are not without one."""
        known = self.known(row["campaign_id"] or _campaign(row))
        campaign = known.name if known else NO_CAMPAIGN
        fields = {f: row[f] for f in (*UTM, "platform", "network")}
        fields |= {"utm_campaign": row["utm_campaign"] or row["campaign"]}
        name, _, retarget = self._channel(fields, is_cost=True)
        direction = (
            row["direction"]
            or self._pattern_direction(campaign, row["utm_campaign"])
            or NO_DIRECTION
        )
        return Group(name, campaign, direction, retarget)

    @cached_property
    def reported_spend(self) -> list[Spend]:
        """«(a cost row over n days: floor(cost / n) kopecks a day, the remainder on the last)»,
        impressions and clicks likewise."""
        pieces = []
        for row in self.cost_rows:
            group, kind = self._cost_group(row), row["source"].split(":")[0]
            shares = [self._day_costs(row, c) for c in ("cost", "impressions", "clicks")]
            for (day, cost), (_, impressions), (_, clicks) in zip(*shares, strict=True):
                pieces.append(Spend(day, group, kind, cost, impressions, clicks))
        return pieces

    @cached_property
    def spend(self) -> list[Spend]:
        """«Where two sources report the cost of one channel on one day, one wins, never both»;
        «per channel and day the first kind that has a cost above 0 wins alone, never two; a kind
        that the setting does not name ranks after those it names, in the order of this default».
        Where no kind has one, a cost below 0 is a cost rather than none."""
        totals: dict[tuple[str, date], dict[str, int]] = {}
        for piece in self.reported_spend:
            of_day = totals.setdefault((piece.group.channel, piece.day), {})
            of_day[piece.kind] = of_day.get(piece.kind, 0) + piece.cost
        won = {place: self.winner(of_day) for place, of_day in totals.items()}
        winners = [p for p in self.reported_spend if p.kind == won[p.group.channel, p.day]]
        if self.settings.spread_costs == "none":
            return winners
        return [part for piece in winners for part in self._spread(piece)]

    def winner(self, of_day: dict[str, int]) -> str:
        """Of the kinds that tell a channel's day, with their sums, the one that counts."""
        usual = ("direct", "vk_ads", "avito", "metrica", "file", "upload", "sheet")
        order = list(dict.fromkeys([*self.settings.cost_order, *usual, *sorted(of_day)]))
        for counts in (lambda cost: cost > 0, lambda cost: cost < 0, lambda _: True):
            for kind in order:
                if kind in of_day and counts(of_day[kind]):
                    return kind
        raise AssertionError("a day without a cost row")

    def _spread(self, piece: Spend) -> list[Spend]:
        """«Costs without a direction stay in «Без направления» (setting `spread_costs = "leads"`
        splits them, by month and campaign, over the directions of the leads they brought)». Day by
        day, to the kopeck."""
        brought = self._brought(piece)
        if piece.group.direction != NO_DIRECTION or not brought:
            return [piece]
        names = sorted(brought)
        weights = [Fraction(brought[n], sum(brought.values())) for n in names]
        wholes = (piece.cost, piece.impressions, piece.clicks)
        shares = [largest_remainder(whole, weights) for whole in wholes]
        return [
            replace(piece, group=replace(piece.group, direction=n), cost=c, impressions=i, clicks=k)
            for n, c, i, k in zip(names, *shares, strict=True)
        ]

    def _brought(self, piece: Spend) -> dict[str, int]:
        """Leads of the month and campaign by direction; costs of no campaign brought the channel's
        leads of no campaign."""
        place, brought = piece.group, dict[str, int]()
        for lead_id, lead in self.counted_leads.items():
            group, day = self.lead_group[lead_id], self.day(lead["created_at"])
            same = group.campaign == place.campaign and (
                place.campaign != NO_CAMPAIGN or group.channel == place.channel
            )
            if same and (day.year, day.month) == (piece.day.year, piece.day.month):
                brought[group.direction] = brought.get(group.direction, 0) + 1
        return brought

    @cached_property
    def sessions(self) -> list[tuple[date, Group, int, int]]:
        """«The same rules run over leads, touches, traffic and costs». Day, group, visits,
        reaches."""
        rows = []
        for row in traffic_once(self.traffic, self.settings):
            known = self.known(row["utm_campaign"]) or Known(row["utm_campaign"])
            fields = {f: row[f] for f in TRAFFIC_FIELDS}
            fields |= {"utm_campaign": known.name, "network": known.network}
            name, _, retarget = self._channel(fields)
            texts = (known.name, known.utm_campaign, row["utm_campaign"])
            direction = known.direction or self._pattern_direction(*texts) or NO_DIRECTION
            group = Group(name, known.name, direction, retarget)
            rows.append((row["date"], group, row["visits"] or 0, row["reaches"] or 0))
        return rows

    @cached_property
    def margin_of(self) -> dict[str, int | None]:
        """Margin of each payment, by payment_id."""
        return {p["payment_id"]: margin(p, self.settings) for p in self.payments}


def _most(weighed: list[tuple[str, int]]) -> str:
    """The word with most cost; words that say nothing do not count; ties: the smaller word."""
    sums: dict[str, int] = {}
    for word, cost in weighed:
        if word:
            sums[word] = sums.get(word, 0) + cost
    return min(sums, key=lambda w: (-sums[w], w), default="")
