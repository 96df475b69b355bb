"""From the first booking to the last check-up: visits missed and kept, advances, refunds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from sheets_sync.demo.economy import BY_NAME, RECALL, Direction, Step
from sheets_sync.demo.people import Lead, Person

_VISITED = ("Пришёл", "Завершён")
_MISSED = ("Не явился", "Отменён", "Перенесён")
_AHEAD = ("Записан", "Подтверждён")
#: Chances, per visit: missed later visits, missed first visits booked anew, visits that cost nothing.
_MISS_LATER, _ANEW, _FREE = 0.12, 0.3, 0.05
#: Chances, per payment: no cost known, insurance (of therapy), a bonus at the first visit, a refund.
_NO_COST, _INSURANCE, _BONUS, _REFUND = 0.12, 0.08, 0.06, 0.012
_ADVANCE_FROM = 30_000


@dataclass(eq=False)
class Booking:
    """One appointment. `lead` is the one the administrator named, if any."""

    person: Person
    booked: datetime
    starts: datetime
    direction: Direction
    service: str
    doctor: str
    status: str
    source: str = ""
    lead: Lead | None = None
    number: int = 0

    @property
    def visited(self) -> bool:
        return self.status in _VISITED


@dataclass(eq=False)
class Payment:
    """One payment row; kopecks. A refund's amount is below 0, however the export writes it."""

    booking: Booking
    at: datetime
    amount: int
    kind: str = "Оплата"
    cost: int | None = None
    number: int = 0


class Treatment:
    """Bookings and payments of all patients up to `last`; later ones have not happened."""

    def __init__(self, random: Random, last: date, card: Callable[[], int]) -> None:
        self.random = random
        self.last = last
        self.card = card
        self.bookings: list[Booking] = []
        self.payments: list[Payment] = []

    def begin(
        self,
        person: Person,
        direction: Direction,
        booked: datetime,
        *,
        lead: Lead | None = None,
        source: str = "",
        show: float = 0.72,
        accept: float = 1.0,
        wait: int = 11,
    ) -> bool:
        """Book a person and treat them as far as they go. Returns whether they ever came."""
        if booked.date() > self.last:
            return False
        person.card = person.card or self.card()
        doctor = self.random.choice(direction.doctors)
        first = Booking(person, booked, booked, direction, "", doctor, "", source, lead)
        soon = (0, 0) if wait == 0 else (1, wait)
        visit = self._visit(first, direction.plan[0], soon, show, _ANEW)
        came = visit is not None and visit.visited
        for whose, step in self._steps(direction, accept):
            if visit is None or not visit.visited:
                break
            if whose is not visit.direction:
                doctor = self.random.choice(whose.doctors)
            at_the_desk = visit.starts + timedelta(minutes=40)
            following = replace(
                visit, booked=at_the_desk, direction=whose, doctor=doctor, lead=None
            )
            visit = self._visit(following, step, step.after, 1 - _MISS_LATER, 0.85)
        return came

    def _steps(self, direction: Direction, accept: float) -> Iterator[tuple[Direction, Step]]:
        """The steps that a patient goes on to after the first visit, check-ups included."""
        hygiene, therapy = BY_NAME["гигиена"], BY_NAME["терапия"]
        recall = direction.recall * min(accept, 1)
        for step in direction.plan[1:]:
            done = 0
            while done < step.times and self.random.random() < step.chance * accept:
                done += 1
                yield direction, step
            if step.needed and not done:
                recall /= 3
                break
        while self.random.random() < recall:
            yield hygiene, RECALL
            if self.random.random() < 0.3:
                yield therapy, therapy.plan[0]

    def _visit(
        self, row: Booking, step: Step, after: tuple[int, int], show: float, anew: float
    ) -> Booking | None:
        """Book one step, again if it was missed, and pay for it. None if nobody came."""
        chance = show
        while row.booked.date() <= self.last:
            row = replace(
                row,
                service=step.service,
                starts=self._slot(row.booked + timedelta(days=self.random.randint(*after))),
            )
            self.bookings.append(row)
            if row.starts.date() > self.last:
                row.status = self.random.choice(_AHEAD)
                return row
            if self.random.random() < chance:
                row.status = self.random.choice(_VISITED)
                self._pay(row, step)
                return row
            row.status = self.random.choice(_MISSED)
            if self.random.random() >= anew:
                return None
            row = replace(row, booked=row.starts + timedelta(hours=self.random.randint(1, 40)))
            chance = (show + 1) / 2
        return None

    def _slot(self, at: datetime) -> datetime:
        """The next half hour at which the clinic is open: Monday to Saturday, 9 to 20."""
        day = at.date() + timedelta(days=at.date().weekday() == 6)
        start = datetime.combine(day, time(9)) + timedelta(minutes=30 * self.random.randint(0, 21))
        return start if start > at else start + timedelta(days=2 if day.weekday() == 5 else 1)

    def _pay(self, row: Booking, step: Step) -> None:
        """What a visit brings, with its advance and its refund."""
        random = self.random
        if random.random() < _FREE:
            return
        price = random.randrange(step.price[0], step.price[1] + 1, 50) * 100
        at = row.starts + timedelta(minutes=random.randint(30, 90))
        if row.service == row.direction.plan[0].service and random.random() < _BONUS:
            self._add(Payment(row, at, random.choice((50000, 100000)), "Списание бонусов", 0))
        advance = 0
        if row.direction.advance and price >= _ADVANCE_FROM * 100 and row.booked < row.starts:
            advance = price // 2
            self._add(self._paid(row, row.booked, advance, "Аванс", step.cost))
            self._add(Payment(row, at, advance, "Списание с баланса"))
        insured = row.direction.name == "терапия" and random.random() < _INSURANCE
        paid = self._paid(row, at, price - advance, "ДМС" if insured else "Оплата", step.cost)
        self._add(paid)
        if random.random() < _REFUND:
            share = random.choice((1, 2))
            cost = None if paid.cost is None else paid.cost // share
            later = at + timedelta(days=random.randint(0, 20), hours=1)
            self._add(Payment(row, later, -paid.amount // share, "Возврат", cost))

    def _paid(self, row: Booking, at: datetime, amount: int, kind: str, cost: float) -> Payment:
        if self.random.random() < _NO_COST:
            return Payment(row, at, amount, kind)
        spent = amount * cost * self.random.uniform(0.9, 1.1)
        return Payment(row, at, amount, kind, round(spent / 1000) * 1000)

    def _add(self, payment: Payment) -> None:
        if payment.at.date() <= self.last:
            self.payments.append(payment)
