"""What happened in the invented clinic: leads, bookings and payments, all of one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from sheets_sync.demo.economy import (
    BY_NAME,
    CAMPAIGNS,
    Campaign,
    weight,
)
from sheets_sync.demo.people import Lead, Person, person
from sheets_sync.demo.treatment import Booking, Payment, Treatment

#: Shares of all lead rows.
_DUPLICATES, _SPAM, _REPEATS = 0.035, 0.025, 0.025
#: Patients who come without a lead and relatives on the same phone, for each lead that is a person.
_WALK_INS, _FAMILIES = 0.025, 0.03
_WALK_IN_SOURCES = ("Вывеска", "Проходили мимо", "", "Рекомендация знакомых")
#: How many days before the last the site was made anew, its form sends nothing and its phone number
#: is a picture; how many of those who would have called then give up.
_NEW_SITE_DAYS, _GIVE_UP = 6, 0.4
_REFUSALS = ("Дорого", "Недозвон", "Далеко", "Отказ", "Нет услуги")


@dataclass
class Story:
    """Everything up to `last`, in order of time and numbered; `daily` is how many leads to expect."""

    first: date
    last: date
    leads: list[Lead] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    daily: dict[date, float] = field(default_factory=dict)

    def form_works(self, day: date) -> bool:
        """False from the day on which the site's new version went live: nobody tried its form."""
        return day < self.last - timedelta(days=_NEW_SITE_DAYS)


def tell(random: Random, leads: int, first: date, last: date) -> Story:
    """The story of `leads` lead rows between two days, both included."""
    return _Teller(random, leads, first, last).story()


class _Teller:
    def __init__(self, random: Random, leads: int, first: date, last: date) -> None:
        self.random = random
        self.first, self.last = first, last
        self.people = 0
        self.cards = 0
        days = (last - first).days + 1
        self.days = [first + timedelta(days=n) for n in range(days)]
        # The clinic grows by a third over the whole time.
        weights = [weight(d) * (1 + n / days / 3) for n, d in enumerate(self.days)]
        duplicates, spam, repeats = (
            round(leads * share) for share in (_DUPLICATES, _SPAM, _REPEATS)
        )
        self.quotas = {"duplicates": duplicates, "spam": spam, "repeats": repeats}
        self.new = leads - duplicates - spam - repeats
        self.tale = Story(first, last)
        share = self.new / sum(weights)
        self.tale.daily = {d: w * share for d, w in zip(self.days, weights, strict=True)}
        self.treatment = Treatment(random, last, self._card)

    def story(self) -> Story:
        self._new_leads()
        self._walk_ins()
        self._families()
        self._repeats()
        self._duplicates()
        self._spam()
        tale = self.tale
        tale.bookings, tale.payments = self.treatment.bookings, self.treatment.payments
        tale.leads.sort(key=lambda row: row.at)
        tale.bookings.sort(key=lambda row: row.booked)
        tale.payments.sort(key=lambda row: row.at)
        for number, lead in enumerate(tale.leads, 20001):
            lead.number = number
        for number, booking in enumerate(tale.bookings, 500101):
            booking.number = number
        for number, payment in enumerate(tale.payments, 90001):
            payment.number = number
        return tale

    def _new_leads(self) -> None:
        chosen = self.random.choices(self.days, weights=list(self.tale.daily.values()), k=self.new)
        for day in sorted(chosen):
            lead = self._lead(self._person(), self._moment(day), self._campaign(day))
            if self._is_lost(lead):
                continue
            lead.has_phone = lead.by_call or self.random.random() > 0.05
            self._follow(lead)

    def _is_lost(self, lead: Lead) -> bool:
        """Whether the broken site let go of who came to it."""
        if not lead.campaign.site or self.tale.form_works(lead.at.date()):
            return False
        return not lead.by_call or self.random.random() < _GIVE_UP

    def _follow(self, lead: Lead) -> None:
        """Keep the lead and let its person book, or not."""
        campaign = lead.campaign
        self.tale.leads.append(lead)
        if self.random.random() >= campaign.booking:
            old = lead.at.date() < self.last - timedelta(days=7)
            lead.status = self.random.choice(_REFUSALS) if old else "В работе"
            return
        booked = lead.at + timedelta(minutes=round(self.random.expovariate(1 / 240)) + 4)
        visited = self.treatment.begin(
            lead.person,
            lead.direction,
            booked,
            lead=lead,
            source=campaign.source,
            show=campaign.show,
            accept=campaign.accept,
        )
        lead.status = "Успешно реализовано" if visited else "Записан"

    def _walk_ins(self) -> None:
        """People who came in from the street; a few of them fill in a form later."""
        for _ in range(round(self.new * _WALK_INS)):
            walker = self._person()
            at = datetime.combine(self.random.choice(self.days), time(self.random.randint(9, 18)))
            direction = BY_NAME[self.random.choice(("терапия", "гигиена", "терапия"))]
            source = self.random.choice(_WALK_IN_SOURCES)
            self.treatment.begin(walker, direction, at, source=source, show=0.97, wait=0)
            later = at.date() + timedelta(days=self.random.randint(3, 60))
            if self.random.random() < 0.15 and later <= self.last:
                self.tale.leads.append(
                    self._lead(walker, self._moment(later), self._campaign(later))
                )

    def _families(self) -> None:
        """A child or a parent on the phone of somebody who has visited."""
        for first in self._sample(round(self.new * _FAMILIES)):
            relative = self._person()
            relative.phone = first.person.phone
            booked = first.starts + timedelta(days=self.random.randint(1, 70), minutes=50)
            direction = BY_NAME[self.random.choice(("терапия", "гигиена", "ортодонтия"))]
            self.treatment.begin(relative, direction, booked, source=first.source, show=0.85)

    def _repeats(self) -> None:
        """Patients who ask again through advertising: repeat requests, not leads."""
        for visit in self._sample(self.quotas["repeats"], before=self.last - timedelta(days=21)):
            left = (self.last - visit.starts.date()).days
            day = visit.starts.date() + timedelta(days=self.random.randint(20, max(left, 20)))
            day = min(day, self.last)
            self._follow(self._lead(visit.person, self._moment(day), self._campaign(day)))

    def _duplicates(self) -> None:
        """The same person again within days; half of them the administrators have marked."""
        reachable = [lead for lead in self.tale.leads if lead.has_phone]
        for lead in self.random.sample(reachable, min(self.quotas["duplicates"], len(reachable))):
            at = lead.at + timedelta(minutes=self.random.randint(3, 12 * 24 * 60))
            if at.date() > self.last:
                at = lead.at + timedelta(minutes=3)
            campaign = lead.campaign if self.random.random() < 0.5 else self._campaign(at.date())
            twin = Lead(lead.person, at, campaign, lead.direction, lead.query, by_call=False)
            twin.status = self.random.choice(("Дубль", "Новая"))
            self.tale.leads.append(twin)

    def _spam(self) -> None:
        for _ in range(self.quotas["spam"]):
            day = self.random.choice(self.days)
            lead = self._lead(self._person(), self._moment(day), self._campaign(day))
            lead.status = "Спам"
            self.tale.leads.append(lead)

    def _lead(self, who: Person, at: datetime, campaign: Campaign) -> Lead:
        names, weights = zip(*campaign.mix, strict=True)
        direction = BY_NAME[self.random.choices(names, weights)[0]]
        by_call = self.random.random() < campaign.calls
        return Lead(who, at, campaign, direction, self.random.choice(direction.queries), by_call)

    def _campaign(self, day: date) -> Campaign:
        past = (day - self.first).days / len(self.days)
        running = [c for c in CAMPAIGNS if c.since <= past < c.until]
        return self.random.choices(running, [c.share for c in running])[0]

    def _moment(self, day: date) -> datetime:
        hour = self.random.choices(range(24), (1,) * 7 + (2, 5, *(9,) * 10, 7, 6, 4, 3, 2))[0]
        return datetime.combine(day, time(hour, self.random.randint(0, 59)))

    def _person(self) -> Person:
        self.people += 1
        return person(self.random, self.people)

    def _card(self) -> int:
        self.cards += 1
        return self.cards

    def _sample(self, count: int, before: date | None = None) -> list[Booking]:
        """First visits of different people, the same ones whatever the order of a set."""
        firsts: dict[Person, Booking] = {}
        for row in self.treatment.bookings:
            if row.visited and row.starts.date() <= (before or self.last):
                firsts.setdefault(row.person, row)
        return self.random.sample(list(firsts.values()), min(count, len(firsts)))
