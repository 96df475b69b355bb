"""A clinic's file (TOML), read once, every fault named at once."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from metrics.join.rules import Rule, default_rules
from metrics.settings import (
    COST_ORDER,
    Attribution,
    Bands,
    Ltv,
    Settings,
    default_period,
    working_minutes,
)
from sheets_sync.clinic.faults import faults, toml_fault
from sheets_sync.clinic.fields import Directions, KeyFile, Rate, SpreadsheetId, Whole, Zone, of_kind
from sheets_sync.delivery.channel import NotifyTable
from sheets_sync.delivery.registry import CHANNELS
from sheets_sync.errors import ConfigError, because
from sheets_sync.net.secrets import NeededVariable, Variable
from sheets_sync.settings import Day
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import SourceTable

_MEND = "Исправьте файл клиники и повторите."


class _ConfigTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class BookConfig(_ConfigTable):
    kind: Literal["xlsx", "google"] = "xlsx"
    path: Path = Path("report.xlsx")
    spreadsheet_id: SpreadsheetId = ""
    #: Whose key writes a Google book: a file of ROMI_SHEETS_GOOGLE_ACCOUNTS without «.json».
    account: KeyFile = ""


class ReportConfig(_ConfigTable):
    """The table [report]; a filled cell of «Настройки» or «Направления» stands above it."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    margin_rate: Rate | None = None
    margin_rates: dict[str, Rate] = {}
    recall_months: dict[str, Annotated[Whole, Field(ge=2, le=120)]] = {}
    directions: Directions = {}
    attribution: Attribution = "last_significant"
    ltv: Ltv = "ltv_12m"
    bands: Bands = "margin"
    lookback_days: Whole = Field(default=90, ge=1, le=730)
    duplicate_days: Whole = Field(default=30, ge=0, le=365)
    lead_max_age_days: Whole = Field(default=180, ge=1, le=3650)
    ltv_window_months: Whole = Field(default=24, ge=1, le=120)
    ltv_min_patients: Whole = Field(default=10, ge=1)
    funnel_months: Whole = Field(default=13, ge=1, le=120)
    cohort_months: Whole = Field(default=24, ge=1, le=120)
    min_patients: Whole = Field(default=1, ge=1)
    cost_order: tuple[str, ...] = COST_ORDER
    verdict_min_patients: Whole = Field(default=3, ge=1)
    action_min_effect: Whole = Field(default=20_000, ge=0)
    alert_min_effect: Whole = Field(default=20_000, ge=0)
    spread_costs: Literal["none", "leads"] = "none"
    call_minutes: Whole = Field(default=30, ge=1, le=1440)
    match_hours: Whole = Field(default=24, ge=1, le=720)
    callback_hours: Whole = Field(default=24, ge=1, le=720)
    work_hours: str = "09:00–21:00"
    call_lead_minutes: Whole = Field(default=30, ge=0, le=1440)
    compare_from: Day | None = None
    compare_to: Day | None = None
    changed_since: Day | None = None
    forecast_min_repeaters: Whole = Field(default=100, ge=1)
    forecast_max_error: Decimal = Field(default=Decimal("0.25"), ge=0, le=100)
    phrases_top: Whole = Field(default=200, ge=1, le=10_000)
    hide_tabs: tuple[str, ...] = ()
    keep_uploads: Whole = Field(default=0, ge=0, le=365)

    @field_validator("margin_rate", mode="before")
    @classmethod
    def _empty_is_unknown(cls, value: Any) -> Any:
        return None if value == "" else _exact(value)

    @field_validator("work_hours")
    @classmethod
    def _hours_are_some(cls, hours: str) -> str:
        working_minutes(hours)
        return hours

    @field_validator("cost_order")
    @classmethod
    def _gives_costs(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [kind for kind in order if kind not in COST_ORDER]:
            raise ValueError(
                f"нужны виды источников из {', '.join(COST_ORDER)}; найдено «{unknown[0][:40]}»"
            )
        return order

    @field_validator("hide_tabs")
    @classmethod
    def _tabs_are_there(cls, titles: tuple[str, ...]) -> tuple[str, ...]:
        from templates_sheets.tabs import HIDEABLE  # noqa: PLC0415 - all tabs, which few files name

        if unknown := [title for title in titles if title not in HIDEABLE]:
            raise ValueError(
                f"нужны названия вкладок ({', '.join(HIDEABLE)}); найдено «{unknown[0][:40]}»"
            )
        return titles

    @field_validator("margin_rates", mode="before")
    @classmethod
    def _rates_are_exact(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: _exact(v) for k, v in value.items() if v != ""}

    def settings(self, as_of: date, timezone: str, rules: tuple[Rule, ...] = ()) -> Settings:
        """The metrics' settings of this table for a report made on `as_of`.

        Raises ConfigError where the period ends before it begins: one end given, the other usual.
        """
        usual_first, usual_last = default_period(as_of)
        first, last = self.first or usual_first, self.last or usual_last
        if first > last:
            raise ConfigError(
                f"период отчёта кончается раньше, чем начинается: {first:%d.%m.%Y} – {last:%d.%m.%Y}.",
                where="[report]",
                hint="Задайте from и to вместе: без одного из них берутся 90 дней до дня отчёта.",
            )
        own = self.model_dump(exclude={"first", "last", "directions", "cost_order"})
        return Settings(
            as_of=as_of,
            first=first,
            last=last,
            timezone=timezone,
            rules=rules or default_rules(),
            directions=tuple(self.directions.items()),
            # Kinds that are not named come after those that are, in the usual order.
            cost_order=tuple(dict.fromkeys((*self.cost_order, *COST_ORDER))),
            **own,
        )

    def needed_since(self, as_of: date) -> date:
        """The first day that a report made on `as_of` needs rows of."""
        months = max(self.cohort_months, self.funnel_months)
        number = as_of.year * 12 + as_of.month - 1 - months
        first = date(number // 12, number % 12 + 1, 1)
        return min(first, self.first or first)


class Webhook(_ConfigTable):
    secret_env: NeededVariable
    secret_env_next: Variable = ""
    allowed_emails: tuple[str, ...] = ()


class Push(_ConfigTable):
    """What goes back to Metrica; nothing unless `enabled`.

    A kind of conversion goes where its target is named, CRM orders where `orders` is true.
    """

    enabled: bool = False
    orders: bool = False
    booking: str = ""
    visit: str = ""
    payment: str = ""


#: Bytes of a clinic's file, and signs of a line of it.
_LARGEST, _LONGEST_LINE = 128 * 1024, 1000


class Clinic(_ConfigTable):
    """A clinic's file. `folder` is where it lies: paths in it are relative to that."""

    id: str = ""
    folder: Path = Path()
    name: str = Field(min_length=1)
    timezone: Zone = "Europe/Moscow"
    book: BookConfig = BookConfig()
    report: ReportConfig = ReportConfig()
    source: tuple[Annotated[SourceTable, of_kind(SOURCES)], ...] = ()
    webhook: Webhook | None = None
    push: Push = Push()
    notify: tuple[Annotated[NotifyTable, of_kind(CHANNELS)], ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def path(self, relative: str | Path) -> Path:
        """A path of the clinic's file, made absolute."""
        return (self.folder / relative).resolve()


def load_clinic(path: Path) -> Clinic:
    """Read a clinic's TOML file. `id` is the file's name without its ending.

    Raises ConfigError that names every fault: the key, what was found, what was expected.
    """
    try:
        raw = tomllib.loads(_text(path))
    except OSError as error:
        raise ConfigError(
            f"не могу прочитать файл клиники ({because(error)}).",
            where=str(path),
            hint="Проверьте путь; пример файла кладёт в свою папку «romi-sheets demo».",
        ) from error
    except (ValueError, RecursionError) as error:  # a number or a list that has no end, too
        raise ConfigError(toml_fault(error), where=str(path), hint=_MEND) from error
    place = {"id": path.stem, "folder": path.parent.resolve()}
    if reserved := sorted(place.keys() & raw.keys()):
        raise ConfigError(f"такого ключа нет: {', '.join(reserved)}.", where=str(path), hint=_MEND)
    try:
        clinic = Clinic.model_validate(raw | place)
    except ValidationError as error:
        raise ConfigError(f"{faults(error)}.", where=str(path), hint=_MEND) from None
    if wrong := [*_list_faults(clinic), *_report_faults(clinic.report)]:
        raise ConfigError("; ".join(wrong) + ".", where=str(path), hint=_MEND)
    return clinic


def _text(path: Path) -> str:
    """The text of a clinic's file. Raises ConfigError where it cannot be one: TOML takes time by the
    square of a key's parts and of a line's length. Raises OSError, ValueError."""
    if path.exists() and not path.is_file():  # to read a pipe is to wait for ever
        fault = "на месте файла клиники не файл."
    elif path.stat().st_size > _LARGEST:
        fault = f"файл больше {_LARGEST // 1024} КБ, файл клиники таким не бывает."
    else:
        text = path.read_text(encoding="utf-8-sig")
        lines = enumerate(text.splitlines(), start=1)
        long = next((number for number, line in lines if len(line) > _LONGEST_LINE), 0)
        if not long:
            return text
        fault = f"строка {long} длиннее {_LONGEST_LINE} знаков."
    hint = "Укажите файл клиники, например clinic.toml; длинный список пишут по строке на значение."
    raise ConfigError(fault, where=str(path), hint=hint)


def _list_faults(clinic: Clinic) -> list[str]:
    faults = []
    seen: dict[tuple[str, str], int] = {}  # two of one name would take each other's rows
    kinds = Counter(source.kind for source in clinic.source if source.gives_ids)
    for number, source in enumerate(clinic.source, start=1):
        place = f"[[source]] № {number} ({source.kind})"
        first = seen.setdefault((source.name, source.only), number)
        if first != number:
            mend = "оставьте один или разнесите данные по разным файлам"
            faults.append(f"{place}: то же, что и № {first} ({source_title(source.name)}); {mend}")
        if kinds[source.kind] > 1 and source.system is None:
            faults.append(
                f"{place}: источников {source.kind} несколько, их номера могут совпасть; "
                'дайте каждому system, например system = "filial-1"'
            )
    names = [table.name for table in clinic.notify]
    faults += [
        f"[[notify]] № {n} ({table.kind}): то же, что и № {names.index(table.name) + 1}; оставьте один"
        for n, table in enumerate(clinic.notify, start=1)
        if names.index(table.name) + 1 != n
    ]
    if clinic.book.kind == "google" and not clinic.book.spreadsheet_id:
        faults.append('[book]: для kind = "google" нужен spreadsheet_id')
    return faults


def _report_faults(report: ReportConfig) -> list[str]:
    faults = []
    first, last = report.first, report.last
    if first and last and first > last:
        faults.append(f"[report]: from {first} позже, чем to {last}")
    first, last = report.compare_from, report.compare_to
    if first and last and first > last:
        faults.append(f"[report]: compare_from {first} позже, чем compare_to {last}")
    if len(set(report.cost_order)) < len(report.cost_order) or not report.cost_order:
        faults.append("[report]: в cost_order каждый источник стоит один раз")
    if not all(pattern and direction for pattern, direction in report.directions.items()):
        faults.append("[report.directions]: пустой шаблон или пустое направление")
    return faults


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value
