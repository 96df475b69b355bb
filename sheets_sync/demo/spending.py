"""What the invented clinic paid for advertising, and the visits of its site, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sheets_sync.demo.economy import CAMPAIGNS, TRIAL, TRIAL_COST, TRIAL_DAYS, Campaign
from sheets_sync.demo.story import Story

#: Goals of the site's counter, as its events are called: a form opened, a form sent, a click on the
#: phone number.
OPEN_GOAL, FORM_GOAL, PHONE_GOAL = "form_open", "form_send", "phone_click"
#: How much dearer a lead has become over the whole time.
_DEARER = 0.15


@dataclass(frozen=True)
class Spent:
    """Kopecks spent on one campaign between two days, both included."""

    campaign: Campaign
    first: date
    last: date
    cost: int
    impressions: int = 0
    clicks: int = 0


@dataclass(frozen=True)
class CampaignVisits:
    """Visits of the site that one campaign brought on one day, and the goals they reached."""

    campaign: Campaign
    day: date
    visits: int
    users: int
    reaches: dict[str, int]


def by_day(random: Random, story: Story) -> list[Spent]:
    """What is paid day by day: auctions. The trial that brought nobody is among them."""
    spent = []
    for day, expected in _expected(story):
        for campaign, leads in expected:
            if campaign.cpl and not campaign.monthly:
                spent.append(_auction(random, campaign, day, leads * _cpl(story, campaign, day)))
    start = story.first + (story.last - story.first) // 2
    per_lead = sum(story.daily.values()) / 2750  # the trial is as large as the clinic
    for n in range(TRIAL_DAYS):
        rouble = TRIAL_COST * per_lead / TRIAL_DAYS
        spent.append(_auction(random, TRIAL, start + timedelta(days=n), rouble))
    return spent


def by_month(story: Story) -> list[Spent]:
    """What is paid by the month: subscriptions and retainers, in whole hundreds of roubles."""
    months: dict[tuple[int, int], list[date]] = {}
    for day in story.daily:
        months.setdefault((day.year, day.month), []).append(day)
    mean = sum(story.daily.values()) / len(months)
    shares = sum(c.share for c in CAMPAIGNS)
    return [
        Spent(c, days[0], days[-1], round(mean * c.share / shares * c.cpl / 100) * 10000)
        for days in months.values()
        for c in CAMPAIGNS
        if c.monthly
    ]


def by_week(daily: list[Spent]) -> list[Spent]:
    """Daily costs of other auctions than Direct, as a marketer writes them down: by the week."""
    weeks: dict[tuple[int, int, str], list[Spent]] = {}
    for row in daily:
        if not row.campaign.is_direct:
            year, week, _ = row.first.isocalendar()
            weeks.setdefault((year, week, row.campaign.campaign), []).append(row)
    return [
        Spent(
            rows[0].campaign,
            rows[0].first,
            rows[-1].last,
            sum(row.cost for row in rows),
            sum(row.impressions for row in rows),
            sum(row.clicks for row in rows),
        )
        for rows in weeks.values()
    ]


def site(random: Random, story: Story) -> list[CampaignVisits]:
    """Visits of the site: sources that bring some, day by day."""
    rows = []
    for day, expected in _expected(story):
        for campaign, leads in expected:
            visits = round(leads * campaign.site * random.uniform(0.4, 0.65))
            if visits:
                forms = min(round(leads * random.uniform(0.2, 1.1)), visits)
                opened = min(forms + round(leads * random.uniform(0.4, 1.6)), visits)
                phones = min(round(leads * random.uniform(0.3, 1.4)), visits)
                if not story.form_works(day):
                    forms, phones = 0, 0
                reaches = {OPEN_GOAL: opened, FORM_GOAL: forms, PHONE_GOAL: phones}
                rows.append(CampaignVisits(campaign, day, visits, round(visits * 0.86), reaches))
    return rows


def _expected(story: Story) -> Iterator[tuple[date, list[tuple[Campaign, float]]]]:
    """Each day with the leads that each campaign may be expected to bring on it."""
    for n, (day, leads) in enumerate(story.daily.items()):
        past = n / len(story.daily)
        running = [c for c in CAMPAIGNS if c.since <= past < c.until]
        shares = sum(c.share for c in running)
        yield day, [(c, leads * c.share / shares) for c in running]


def _cpl(story: Story, campaign: Campaign, day: date) -> float:
    return campaign.cpl * (1 + _DEARER * (day - story.first).days / len(story.daily))


def _auction(random: Random, campaign: Campaign, day: date, roubles: float) -> Spent:
    """A day of an auction: clicks at a price, impressions of which few are clicked."""
    kopecks = round(roubles * 100 * random.uniform(0.8, 1.2))
    search = campaign.network == "SEARCH"
    clicks = max(round(kopecks / 100 / random.uniform(60, 95) * (1 if search else 2.5)), 1)
    impressions = round(clicks / random.uniform(*((0.04, 0.09) if search else (0.004, 0.009))))
    return Spent(campaign, day, day, kopecks, impressions, clicks)
