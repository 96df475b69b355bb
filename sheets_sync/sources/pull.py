"""The one pull of every connector: windows, what is gone, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from metrics.schema import ENTITIES, empty
from sheets_sync.errors import SourceError
from sheets_sync.sources.api import Api, of_known_shape
from sheets_sync.sources.connector import (
    REST,
    SWEEP,
    WALKED,
    Connector,
    Window,
    midnight,
    window_of,
)
from sheets_sync.sources.deletions import deletions
from sheets_sync.sources.doubt import is_believed, is_suspicious, too_few, unread
from sheets_sync.sources.harvest import Crop, Harvest, shape_of, with_cancelled
from sheets_sync.sources.probe import token_end, token_notes
from sheets_sync.sources.source import Context, Pulled, Refusal, SourceTable
from sheets_sync.sources.sweep import ENOUGH, WEEK, all_ids, missing
from sheets_sync.sources.window import after, history_note, pieces

Table = TypeVar("Table", bound=SourceTable)
_EXAMPLES = 100
#: Of the state: days of a window, where the connector's did not fit into the time of a run.
_LONGEST = "longest"


@dataclass
class Pull(Generic[Table]):
    """One pull of one [[source]]. What is counted is counted over all of its windows."""

    connector: Connector[Table]
    table: Table
    context: Context
    api: Api[Table]
    read: dict[str, int] = field(default_factory=dict)
    refused: dict[str, list[Refusal]] = field(default_factory=dict)
    refused_count: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    #: Entities of which a window came back suspiciously empty, and was not believed.
    doubts: dict[str, SourceError] = field(default_factory=dict)
    #: The state as of the last window that was given.
    last_state: dict[str, Any] = field(default_factory=dict)
    ends: datetime | None = None
    #: Whether everything is asked again.
    full: bool = False
    #: Whether a window was read to its end.
    has_read: bool = False

    def run(self) -> Iterator[Pulled]:
        shape = shape_of(self.table, self.context)
        before = dict(self.context.state.get("pull", {}))
        self.full = self.context.full or before.get("shape") != shape
        self.state, self.last_state = before | {"shape": shape}, before
        if before.get("shape") not in {None, shape} and before.get("system") != self.system:
            yield from self._without_former_ids()
        self.state["system"] = self.system
        if self.full:
            self.api.memory.pop(REST, None)
            self.api.memory.pop(SWEEP, None)
            # What the first pull reads is there; later everything is looked for anew.
            self.state["swept"] = 0.0 if before else self.context.clock.unix()
        # Days of doubt are counted on as long as every pull doubts.
        last = self.state.pop("doubted", [])
        self.state["empty"] = {e: d for e, d in self.state.get("empty", {}).items() if e in last}
        self.ends = token_end(self.api)
        self.notes += token_notes(self.api, self.ends)
        yield from self._by_days() if self.connector.by == "days" else self._by_changes()

    @property
    def longest(self) -> int:
        """Days of one window: fewer where such a one did not fit into the time of a run."""
        fewer: int = self.state.get(_LONGEST, self.connector.longest)
        return min(self.connector.longest, fewer)

    @property
    def is_late(self) -> bool:
        """Whether the time of the run was over before one window was read."""
        return not self.has_read and self.context.clock.unix() >= self.context.until

    @property
    def system(self) -> str:
        return self.table.origin(self.connector.entities[0]).system

    def _by_days(self) -> Iterator[Pulled]:
        connector, context = self.connector, self.context
        today = context.clock.today(context.zone)
        ahead = connector.ahead if context.as_of >= today else 0
        last = min(context.as_of, today) + timedelta(days=ahead)
        trailing = (self.table.trailing_days or connector.trailing) + ahead
        oldest = self._oldest(today)
        if not self.full:
            self._forget_older_days(trailing, last)
        windows = pieces(
            oldest, last, today, self.state, trailing, self.longest,
            full=self.full, ordered=connector.ordered(self.api.memory),
        )  # fmt: skip
        for number, days in enumerate(windows):
            context.progress(f"Читаю {connector.title}", number / len(windows))
            self.state |= after(self.state, days)
            more = number < len(windows) - 1
            if not more:
                self.state.pop(_LONGEST, None)
            yield from self._kept(window_of(days.first, days.last, today, context.zone), more=more)
            self.last_state = dict(self.state)
        if not windows:
            yield from self._unchanged()

    def _forget_older_days(self, trailing: int, last: date) -> None:
        """After a silence longer than the service recalls, days before the trailing ones are read
        again: what changed at them meanwhile nobody tells any more."""
        recalls, at = self.connector.recalls, self.state.get("at")
        if recalls is None or at is None or self.context.clock.unix() - at <= recalls:
            return
        until = min(date.fromisoformat(self.state["until"]), last)
        since = (until - timedelta(days=trailing - 1)).isoformat()
        self.state["since"] = max(self.state["since"], since)
        self.notes.append("Обновления не было больше суток: прежние дни перечитываются.")

    def _by_changes(self) -> Iterator[Pulled]:
        connector, context = self.connector, self.context
        now = context.clock.now()
        cursor = None if self.full else self.state.get("cursor")
        oldest = midnight(self._oldest(context.clock.today(context.zone)), context.zone)
        begin = (
            datetime.fromisoformat(cursor) - timedelta(seconds=connector.overlap)
            if cursor
            else oldest
        )
        while begin < now:
            context.progress(f"Читаю {connector.title}", (begin - oldest) / (now - oldest))
            end = min(begin + timedelta(days=self.longest), now)
            days = [at.astimezone(context.zone).date() for at in (begin, end)]
            window = Window(days[0], days[1], begin, end, is_open=end == now)
            if window.is_open:
                self.state.pop(_LONGEST, None)
            yield from self._kept(window, more=not window.is_open)
            if REST not in self.api.memory:
                begin = end
        yield from self._swept()

    def _oldest(self, today: date) -> date:
        first = self.table.first or self.context.needed
        reach = today - timedelta(days=(self.connector.reach or 0) - 1)
        if self.connector.reach is None or reach <= first:
            self.notes.append(history_note(first))
            return first
        self.notes.append(f"Сервис отдаёт историю только с {reach:%d.%m.%Y}.")
        return reach

    def _kept(self, window: Window, *, more: bool) -> Iterator[Pulled]:
        """The rows of one window, looked at twice where they are suspiciously few."""
        crops, notes = self._harvest(window)
        self._check_fields(crops, window)
        few = self._few(crops, window)
        if few:
            crops, notes = self._harvest(window)
            few = self._few(crops, window)
        today = self.context.clock.today(self.context.zone)
        doubted = {entity for entity in few if not is_believed(self.state, entity, today)}
        self.doubts |= dict.fromkeys(doubted, too_few(window))
        self.notes += [n for n in (*notes, *self.api.notes) if n not in self.notes]
        more = more or REST in self.api.memory
        self.has_read = True
        self._move_cursor(crops, window)
        for crop in crops:
            if crop.entity in doubted:
                error = self.doubts[crop.entity]
                yield Pulled(crop.entity, None, state=self._remembered(), error=error, more=more)
            else:
                yield self._pulled(crop, window, more=more)

    def _harvest(self, window: Window) -> tuple[list[Crop], list[str]]:
        harvest = Harvest(self.connector, self.table, self.context, window)
        with of_known_shape():
            return harvest.gather(self.connector.ask(self.api, window)), harvest.notes

    def _check_fields(self, crops: list[Crop], window: Window) -> None:
        """Raises SourceError where a service no longer names what its rows are known by."""
        whole = self.connector.by == "days" and self.connector.replaces
        for crop in crops:
            if error := unread(crop, window, self.context, whole=whole):
                raise error

    def _few(self, crops: list[Crop], window: Window) -> set[str]:
        """Entities of which the window gives suspiciously few rows."""
        whole = self.connector.by == "days" and self.connector.replaces
        if not whole or self.context.full:
            return set()
        return {c.entity for c in crops if is_suspicious(c, window, self.context)}

    def _move_cursor(self, crops: list[Crop], window: Window) -> None:
        """Never past a change that was not seen: the present is a change of the service's clock."""
        if self.connector.by != "changes" or REST in self.api.memory:
            return
        seen = [c.changed for c in crops if c.changed]
        walked = self.api.memory.pop(WALKED, None)
        # Rows that do not tell when they changed: by our own clock, at the beginning of the walk.
        untold = walked or (not seen and any(c.count for c in crops))
        at = window.end if untold or not window.is_open else max([*seen, window.begin])
        end = datetime.fromisoformat(walked) if walked else window.end
        self.state["cursor"] = min(at, end, window.end).isoformat()

    def _pulled(self, crop: Crop, window: Window, *, more: bool) -> Pulled:
        entity, quarantine = crop.entity, crop.read.quarantine
        self.read[entity] = self.read.get(entity, 0) + crop.count
        self.refused_count[entity] = self.refused_count.get(entity, 0) + quarantine.count
        shown = self.refused.setdefault(entity, [])
        shown += [Refusal(*r) for r in quarantine.examples()][: _EXAMPLES - len(shown)]
        self.notes += [n for n in crop.read.notes if n not in self.notes]
        self.notes += deletions(entity, crop.gone, self.context.stored)
        whole = self.connector.by == "days" and self.connector.replaces
        today = self.context.clock.today(self.context.zone)
        return Pulled(
            entity,
            with_cancelled(crop, self.context),
            read=self.read[entity],
            refused=tuple(shown),
            refused_count=self.refused_count[entity],
            notes=tuple(self.notes),
            replace=(window.first, window.last) if not ENTITIES[entity].key else None,
            between=(window.begin, window.end) if whole and ENTITIES[entity].key else None,
            gone=crop.gone,
            state=self._remembered(),
            partial_day=today if window.first <= today <= window.last else None,
            more=more,
            error=self.doubts.get(entity),
        )

    def _remembered(self) -> dict[str, Any]:
        """What the next pull is told, the same for every entity."""
        pull = {**self.state, "at": self.context.clock.unix()}
        return {"pull": pull, "memory": self.api.memory, **self._ends()}

    def given_state(self) -> dict[str, Any]:
        """What the next pull goes on from where this one was refused."""
        pull = self.last_state
        if self.is_late:
            before = pull.get(_LONGEST, self.connector.longest)
            pull = pull | {_LONGEST: max(1, before // 4)}
        return {"pull": pull, "memory": self.api.memory, **self._ends()}

    def _ends(self) -> dict[str, str]:
        """When the clinic's token ends, for alerts and «Качество данных»."""
        return {"token_ends": self.ends.isoformat()} if self.ends else {}

    def _unchanged(self) -> Iterator[Pulled]:
        for entity in self.connector.entities:
            yield Pulled(entity, None, state=self._remembered())

    def _swept(self) -> Iterator[Pulled]:
        """Rows that the service no longer names, looked for once in seven days."""
        now, stored = self.context.clock.unix, self.context.stored
        due = SWEEP in self.api.memory or now() - float(self.state.get("swept", 0.0)) >= WEEK
        if stored is None or not due:
            return
        for named in all_ids(self.connector, self.api, self.table):
            if named is None:
                yield from (self._without(entity, ()) for entity in self.connector.entities)
                if now() + ENOUGH > self.context.until:
                    return
                continue
            for entity, ids in named.items():
                gone = missing(stored.ids(entity), ids, full=self.full)
                self.state["swept"] = now()
                self.notes += deletions(entity, gone, stored)
                yield self._without(entity, gone)

    def _without(self, entity: str, gone: tuple[str, ...]) -> Pulled:
        """No new row of an entity, and those that are gone."""
        return Pulled(
            entity,
            empty(entity),
            read=self.read.get(entity, 0),
            refused=tuple(self.refused.get(entity, ())),
            refused_count=self.refused_count.get(entity, 0),
            notes=tuple(self.notes),
            gone=gone,
            state=self._remembered(),
        )

    def _without_former_ids(self) -> Iterator[Pulled]:
        """Rows that were stored as another system's go before they come anew."""
        if self.context.stored is None:
            return
        for entity in self.connector.entities:
            gone = self.context.stored.ids(entity) if ENTITIES[entity].key else ()
            if gone:
                yield Pulled(entity, empty(entity), gone=gone, state=self._remembered())
