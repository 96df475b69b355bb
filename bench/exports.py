"""The clinic of the bench as CSV exports and a clinic's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from bench.clinic import DIRECTIONS, Clinic

#: A clinic exports by the year; a file over 100 MB is refused.
_ROWS_A_FILE = 350_000
_UTM = ("utm_source", "utm_medium", "utm_campaign")
_RUSSIAN = {
    "completed": "Пришёл", "no_show": "Не явился", "cancelled": "Отменён", "booked": "Записан",
    "payment": "Оплата", "prepayment": "Аванс", "insurance": "ДМС", "refund": "Возврат",
    "bonus": "Списание бонусов", "balance_spend": "Списание с баланса",
}  # fmt: skip


def write_exports(made: Clinic, folder: Path) -> Path:
    """Write the clinic as CSV exports (`;`, UTF-8, Russian headers) and its file; returns that."""
    tables = {
        "leads": _leads(made),
        "appointments": _appointments(made),
        "payments": _payments(made),
        "costs": _costs(made.frames["costs"]),
        "traffic": _traffic(made.frames["traffic"]),
    }
    sources = []
    for entity, columns in tables.items():
        table = pa.table({name: pa.array(column) for name, column in columns.items()})
        style = pyarrow.csv.WriteOptions(delimiter=";", quoting_style="needed")
        for start in range(0, len(table), _ROWS_A_FILE):
            path = folder / f"{entity}_{start // _ROWS_A_FILE}.csv"
            pyarrow.csv.write_csv(table.slice(start, _ROWS_A_FILE), path, style)
        sources.append(f'[[source]]\nkind = "file"\nentity = "{entity}"\npath = "{entity}_*.csv"\n')
    patterns = "".join(f'"{name}" = "{name}"\n' for name in DIRECTIONS)
    head = f'name = "Замер"\n[report]\nmargin_rate = 0.45\n[report.directions]\n{patterns}\n'
    path = folder / "clinic.toml"
    path.write_text(head + "\n".join(sources), encoding="utf-8")
    return path


def _leads(made: Clinic) -> dict[str, pd.Series]:
    leads = made.frames["leads"]
    return {
        "ID заявки": leads["lead_id"],
        "Дата обращения": _written(leads["created_at"]),
        "Телефон": _phones(made.lead_person),
        "Статус": leads["status"],
        "Источник": leads["source_raw"],
        **{n: leads[n] for n in _UTM},
        "contact_type": leads["contact_type"],
        "Услуга": leads["service"],
    }


def _appointments(made: Clinic) -> dict[str, pd.Series]:
    visits = made.frames["appointments"]
    return {
        "Номер записи": visits["appointment_id"],
        "№ карты": _cards(made.visit_patient),
        "Телефон": _phones(made.visit_person),
        "ID лида": visits["lead_id"],
        "Дата записи": _written(visits["booked_at"]),
        "Дата приёма": _written(visits["starts_at"]),
        "Статус": visits["status"].map(_RUSSIAN),
        "Врач": visits["doctor"],
        "Услуга": visits["service"],
        "Направление": visits["direction"],
        "Источник": visits["source_raw"],
    }


def _payments(made: Clinic) -> dict[str, pd.Series]:
    payments = made.frames["payments"]
    return {
        "Номер платежа": payments["payment_id"],
        "№ карты": _cards(made.paid_patient),
        "Номер записи": payments["appointment_id"],
        "Дата оплаты": _written(payments["paid_at"]),
        "Сумма": _roubles(payments["amount"]),
        "Себестоимость": _roubles(payments["cost"]),
        "Тип операции": payments["kind"].map(_RUSSIAN),
        "Услуга": payments["service"],
        "Направление": payments["direction"],
        "Врач": payments["doctor"],
    }


def _costs(costs: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        **{n: costs[n] for n in ("platform", "campaign", "campaign_id")},
        **{n: costs[n] for n in ("network", "utm_source", "utm_medium")},
        "Дата": costs["date_from"].dt.strftime("%Y-%m-%d"),
        "Расход": _roubles(costs["cost"]),
        **{n: costs[n] for n in ("impressions", "clicks")},
    }


def _traffic(traffic: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "date": traffic["date"].dt.strftime("%Y-%m-%d"),
        **{n: traffic[n] for n in ("traffic_source", *_UTM)},
        **{n: traffic[n] for n in ("visits", "reaches")},
    }


def _written(times: pd.Series) -> pd.Series:
    return times.dt.tz_convert("Europe/Moscow").dt.strftime("%d.%m.%Y %H:%M:%S")


def _phones(person: np.ndarray) -> pd.Series:
    return pd.Series(np.where(person >= 0, person + 79_750_000_000, 0).astype(str)).replace("0", "")


def _cards(patient: np.ndarray) -> pd.Series:
    return pd.Series((patient + 1).astype(str)).str.zfill(7)


def _roubles(kopecks: pd.Series) -> pd.Series:
    text = kopecks.astype("str").str.zfill(3)
    return (text.str[:-2] + "," + text.str[-2:]).where(kopecks.notna(), "")
