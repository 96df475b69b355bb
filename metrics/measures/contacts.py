"""Contacts of call tracking beside rows of the CRM: what each is, which are one, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from metrics.calendar import (
    DAY,
    HOUR,
    local_days,
    microseconds,
    month_first,
    month_number,
)
from metrics.coded import Bools, Coded, Floats, Ints, concat, encode, look_up
from metrics.facts import Facts, day_number
from metrics.join.join import Joined
from metrics.join.rules import RuleRows, classify
from metrics.measures.contact_items import ContactItems, Stored, paired
from metrics.settings import NO_CHANNEL
from metrics.sums import TOLERANCE, by_patient, codes, group_sum, known_sum, ratio, within

#: What a contact is, what a row of the CRM is; of each the first that holds.
CONTACTS = (
    "in_crm", "outgoing", "no_phone", "repeated", "off_target", "missed", "patients", "not_in_crm",
)  # fmt: skip
CRM = (
    "spam", "duplicates", "repeat_requests", "in_tracking", "crm_no_phone", "other_way",
    "not_in_tracking",
)  # fmt: skip
KINDS = (*CONTACTS, *CRM)
#: From so many leads by phone on, a channel's margin of one is its own.
_ENOUGH = 10
_WORDS = ("source_raw", "utm_source", "utm_medium", "utm_campaign")
_TEXTS = (*_WORDS, "contact_type", "referrer_domain")


@dataclass(frozen=True)
class SideRows:
    """Definitions §20: a row per contact or CRM row, and share of it under a fractional model.

    day, weight   of each row
    channel       a lead's own, else that of the rules over its own words
    of_group      place of the channel of each row of `Facts.groups` among the values of `channel`
    kind          index into KINDS
    lead          a lead from tracking, no repeat request
    worth         by value of `channel`, the margin of one lead by phone, kopecks; NaN: not known,
                  or nothing is missing
    """

    day: Ints
    channel: Coded
    of_group: Ints
    weight: Floats
    kind: Ints
    lead: Bools
    worth: Floats

    def lost(self, contacts: Floats) -> Floats:
        """Kopecks that so many contacts by value of `channel` (last axis) would have brought."""
        lost: Floats = np.where(contacts > 0, np.round(contacts * self.worth), 0.0)
        return lost


_KNOWN: WeakKeyDictionary[Facts, SideRows] = WeakKeyDictionary()


def contacts(facts: Facts, joined: Joined, rows: Stored) -> SideRows:
    """Both sides from the first day that a report looks at: `funnel_months`, the report's period."""
    if facts not in _KNOWN:
        _KNOWN[facts] = _contacts(facts, joined, rows)
    return _KNOWN[facts]


def _contacts(facts: Facts, joined: Joined, rows: Stored) -> SideRows:
    settings = facts.settings
    every = ContactItems.of(joined, rows)
    pairs = paired(every, settings.match_hours * HOUR)
    months = month_number(settings.as_of) - settings.funnel_months + 1
    since = min(day_number(month_first(months)), day_number(settings.first))
    day = local_days(every.moment, settings.zone)
    looked = np.flatnonzero(day >= since)
    items, pairs, day = every.take(looked), pairs[looked], day[looked]
    kind, lead, kept = _kinds(items, pairs, joined)

    place = np.full(len(joined.who.lead_kept), -1, dtype=np.int64)
    place[items.row[kept]] = np.flatnonzero(kept)
    own = place[facts.leads["lead"].to_numpy()]
    shares = np.flatnonzero(own >= 0)
    other = np.flatnonzero(~kept)
    item = np.concatenate([own[shares], other])
    ruled = _ruled(items, other, joined)
    of_group = encode(facts.groups["channel"])
    channel = concat([of_group.take(facts.leads["group"].to_numpy()[shares]), ruled])
    weight = np.concatenate([facts.leads["weight"].to_numpy()[shares], np.ones(len(other))])
    worth = np.full(len(channel.values), np.nan)
    if (kind == KINDS.index("not_in_crm")).any():
        worth = _worth(facts, joined, channel.values)
    return SideRows(day[item], channel, of_group.codes, weight, kind[item], lead[item], worth)


def _kinds(items: ContactItems, pairs: Bools, joined: Joined) -> tuple[Ints, Bools, Bools]:
    """The kind of each item, which are leads from tracking, and which are kept leads."""
    leads, who, row = joined.rows["leads"], joined.who, items.row
    is_lead = row >= 0
    status = leads.coded("status")
    of_spam = status.where(np.array([v == "spam" for v in status.values], dtype=bool))
    spam = np.append(of_spam, False)[row]
    kept = is_lead & (np.append(who.lead_kept, -1)[row] == row)
    repeat = np.append(who.repeat, False)[row] & kept
    double = is_lead & ~kept & ~spam
    no_phone = items.person < 0
    call, tracking = items.call, items.tracking
    again = np.where(call, ~items.unique, double)
    off = np.where(call, items.off, spam)
    contact = np.select([pairs, items.out, no_phone, again, off, items.missed], range(6), default=7)
    open_rows = np.flatnonzero(tracking & (contact == CONTACTS.index("not_in_crm")))
    seen = open_rows[_seen(items, open_rows, joined)]
    contact[seen] = CONTACTS.index("patients")
    crm = np.select([spam, double, repeat, pairs, no_phone, ~items.way], range(6), default=6)
    return np.where(tracking, contact, len(CONTACTS) + crm), tracking & kept & ~repeat, kept


def _worth(facts: Facts, joined: Joined, channels: list[str]) -> Floats:
    """The margin of a lead by phone: of the channel's leads of the report's period if there are
    enough, else of the clinic's, else NaN."""
    settings, leads = facts.settings, facts.leads
    by_phone = (joined.rows["leads"]["contact_type"] == "call").to_numpy()
    inside = within(leads["day"].to_numpy(), *map(day_number, (settings.first, settings.last)))
    chosen = inside & ~leads["repeat"].to_numpy()
    chosen &= np.append(by_phone, False)[leads["lead"].to_numpy()]
    called = np.zeros(len(by_phone) + 1, dtype=bool)
    called[leads["lead"].to_numpy()[chosen]] = True
    keys = codes(facts.groups, ["channel"])
    count = group_sum(
        keys.code[leads["group"].to_numpy()[chosen]], leads["weight"].to_numpy()[chosen], len(keys)
    )
    pay = facts.payments
    lead = by_patient(facts.patients, facts.patients["lead"].to_numpy(), -1)
    paid = np.flatnonzero(pay["revenue"].to_numpy() & called[lead[pay["patient"].to_numpy()]])
    margin, certain = (pay[name].to_numpy()[paid] for name in ("margin", "known"))
    brought = known_sum(keys.code[pay["group"].to_numpy()[paid]], margin, certain, len(keys))
    clinic = ratio(brought.sum(), count.sum()).item() if count.sum() >= _ENOUGH else np.nan
    own = np.where(count >= _ENOUGH - TOLERANCE, ratio(brought, count), clinic)
    of_channel = dict(zip(keys.labels["channel"], own.tolist(), strict=True))
    return np.array([of_channel.get(name, clinic) for name in channels], dtype=np.float64)


def _seen(items: ContactItems, rows: Ints, joined: Joined) -> Bools:
    """Which of the items' persons had visited more than 24 hours before."""
    if not len(rows):
        return np.zeros(0, dtype=bool)
    who, visits, payments = joined.who, joined.rows["appointments"], joined.rows["payments"]
    persons = items.text("person_key", rows)
    whom = pd.Series(persons.unique(), dtype="str")
    starts = np.append(microseconds(visits["starts_at"]), np.iinfo(np.int64).max)
    earliest = np.full(len(whom) + 1, np.iinfo(np.int64).max)
    for frame, patient in ((visits, who.visit_patient), (payments, who.paid_patient)):
        person = look_up(frame["person_key"], whom)
        hits = np.flatnonzero(person >= 0)
        np.minimum.at(earliest, person[hits], starts[who.first_visit[patient[hits]]])
    at = earliest[look_up(persons, whom)].astype(np.float64)
    seen: Bools = items.moment[rows].astype(np.float64) - at > DAY
    return seen


def _ruled(items: ContactItems, rows: Ints, joined: Joined) -> Coded:
    """The channel of items that are no kept lead, by the rules over their own words."""
    if not len(rows):
        return Coded(np.zeros(0, dtype=np.int64), [])
    fields = {name: encode(items.text(name, rows)) for name in _TEXTS}
    _, text, network, _ = joined.costs.book.inherit(fields["utm_campaign"])
    yclid: Bools = (items.text("yclid", rows) != "").to_numpy(dtype=bool)
    rule_rows = RuleRows(len(rows), {**fields, "utm_campaign": text, "network": network}, yclid)
    return classify(rule_rows, joined.settings.rules, NO_CHANNEL).channel
