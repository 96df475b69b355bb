"""Which alert is due: sources that are stale, tokens that end, then what «Внимание» holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.measures.alert import Alert
from metrics.reports.alerts import BEHIND, MONEY_RULES
from sheets_sync.clinic.config import Clinic
from sheets_sync.notify.numbers import cell
from sheets_sync.privacy.personal import redact
from sheets_sync.sources import source_title
from sheets_sync.store import SourceState, Store

STALE, ENDING = "Источник не читается", "Ключ кончается"
#: How long a source may be stale, and how long before its end a token is told of.
_DAY, _BEFORE = timedelta(days=1), timedelta(days=7)
#: A rule and channel that was told is silent for so many days.
_SILENT = timedelta(days=7)
#: Runs that are looked at for one that began a day ago: they come hourly.
_RUNS = 100


@dataclass(frozen=True)
class Alarm:
    """One alert as it is sent: its rule, whom it is about (a channel, a source), its text."""

    rule: str
    about: str
    lines: tuple[str, ...]


def due_alarm(clinic: Clinic, store: Store, now: datetime) -> Alarm | None:
    """The alert to be sent at `now`, None if there is none: at most one a local day over all rules,
    and no rule and channel that was told in the last seven days. Raises StoreError.
    """
    here = now.astimezone(clinic.zone)
    until = store.outbox.muted(clinic.id)
    if until and now < until:
        return None
    days = _days(clinic, store, now)
    if here.date() in days.values():
        return None
    states = [s for s in store.sources.states(clinic.id) if s.source in _named(clinic)]
    for alarm in (*_stale(states, clinic, store, now), *_ending(states, clinic, now)):
        if _is_new(alarm.rule, alarm.about, days, here.date()):
            return alarm
    effect = due_effect(clinic, store, now)
    return Alarm(effect.rule, effect.channel, of_effect(effect)) if effect else None


def due_effect(clinic: Clinic, store: Store, now: datetime) -> Alert | None:
    """The greatest effect of yesterday that may be sent at `now`: none that was, nor one that waits
    in the outbox; at most one a local day. Raises StoreError.
    """
    here = now.astimezone(clinic.zone)
    days = _days(clinic, store, now)
    if any(day == here.date() and rule not in {STALE, ENDING} for (rule, _), day in days.items()):
        return None
    effect = store.alerts.due(clinic.id, here.date() - _DAY, here)
    if effect is None or not _is_new(effect.rule, effect.channel, days, here.date()):
        return None
    return effect


def _days(clinic: Clinic, store: Store, now: datetime) -> dict[tuple[str, str], date]:
    """The last local day on which each rule and channel was put into the outbox, of late; what was
    refused does not count.
    """
    return {
        (letter.rule, letter.about): letter.made_at.astimezone(clinic.zone).date()
        for letter in reversed(store.outbox.since(clinic.id, now - _SILENT - _DAY))
        if letter.rule and letter.state != "failed"
    }


def _is_new(rule: str, about: str, days: Mapping[tuple[str, str], date], today: date) -> bool:
    return days.get((rule, about), date.min) <= today - _SILENT


def effect_line(alert: Alert) -> str:
    """An effect in one line, for the digest."""
    return " ".join(of_effect(alert))


def of_effect(alert: Alert) -> tuple[str, ...]:
    """An effect in lines: what fell or rose, its price, its likeliest causes."""
    money = alert.rule in MONEY_RULES
    before, after = (_shown(value, money=money) for value in (alert.before, alert.after))
    was, now = ("план", "темп") if alert.rule == BEHIND else ("было", "стало")
    lines = (
        f"{alert.rule} — {alert.channel}: {was} {before}, {now} {after}.",
        f"Эффект: {cell(alert.effect / 100, 'money')}.",
    )
    return (*lines, f"Причины: {alert.causes}.") if alert.causes else lines


def _shown(value: float, *, money: bool) -> str:
    return cell(value / 100, "money") if money else cell(value, "count")


def _named(clinic: Clinic) -> set[str]:
    return {source.name for source in clinic.source}


def _stale(
    states: Sequence[SourceState], clinic: Clinic, store: Store, now: datetime
) -> Iterator[Alarm]:
    """Sources that were last read well a day ago or more, the oldest first."""
    old = [s for s in states if s.stale and s.last_good_at and now - s.last_good_at >= _DAY]
    never = [s for s in states if s.stale and s.last_good_at is None]
    if never and all(now - r.created_at < _DAY for r in store.runs.last(clinic.id, _RUNS)):
        never = []
    seen: set[str] = set()
    for state in (*sorted(old, key=lambda s: s.last_good_at or now), *never):
        if state.source not in seen:
            seen.add(state.source)
            yield Alarm(STALE, state.source, _of_stale(state, clinic))


def _of_stale(state: SourceState, clinic: Clinic) -> tuple[str, ...]:
    good = state.last_good_at
    since = f"данные от {good.astimezone(clinic.zone):%d.%m.%Y}" if good else "не прочитан ни разу"
    error = state.error or {}
    reason = f"{error.get('message', '')} {error.get('hint', '')}".strip()
    lines = (f"Источник не читается — {source_title(state.source)}: {since}.", reason)
    # A file may be called after a person.
    return tuple(redact(line) for line in lines if line)


def _ending(states: Sequence[SourceState], clinic: Clinic, now: datetime) -> Iterator[Alarm]:
    """Sources whose token ends within a week, the first to end first."""
    ends = {
        s.source: datetime.fromisoformat(s.state["token_ends"])
        for s in states
        if "token_ends" in s.state
    }
    for source, end in sorted(ends.items(), key=lambda each: each[1]):
        if end - now <= _BEFORE:
            word = "кончился" if end <= now else "кончается"
            yield Alarm(
                ENDING,
                source,
                (
                    f"Ключ {word} — {source_title(source)}: {end.astimezone(clinic.zone):%d.%m.%Y}.",
                    "Выпустите новый и положите его: romi-sheets secret.",
                ),
            )
