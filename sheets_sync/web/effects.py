"""What accepting a file would do to what is stored, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from metrics.entity_rows import as_texts
from metrics.schema import ENTITIES
from metrics.sources import ENTITY_NAMES
from metrics.wording import counted, roubles
from sheets_sync.line.run import LiveRun
from sheets_sync.sources import source_title
from sheets_sync.sources.source import Pulled
from sheets_sync.web.upload_source import UploadPlace

_ROWS = ("строка", "строки", "строк")
_MONEY = {"payments": "amount", "costs": "cost", "phrases": "cost"}
_REFUNDS = {"refund"}


def effects(run: LiveRun, place: UploadPlace, pulled: Pulled) -> list[str]:
    """Rows taken and refused, money in and out, overlap with what is stored. Raises StoreError."""
    frame = pulled.frame if pulled.frame is not None else pd.DataFrame()
    there = run.store.rows.read(run.clinic.id, place.entity)
    overlap = _same_ids if ENTITIES[place.entity].key else _same_days
    return [
        _rows(place, pulled, frame),
        *_money(place.entity, pulled, frame),
        *(overlap(place, pulled, frame, as_texts(there)) if len(frame) else ()),
    ]


def _rows(place: UploadPlace, pulled: Pulled, frame: pd.DataFrame) -> str:
    what = ENTITY_NAMES.get(place.entity, place.entity).capitalize()
    refused = f"отказано {pulled.refused_count}" if pulled.refused_count else "отказов нет"
    read = counted(pulled.read, *_ROWS)
    return f"{what}: в файле {read}, в отчёт {counted(len(frame), *_ROWS)}, {refused}."


def _money(entity: str, pulled: Pulled, frame: pd.DataFrame) -> list[str]:
    column = _MONEY.get(entity)
    if column is None or column not in frame:
        return []
    did = pulled.state.get(entity, {}).get("did", {})
    values = frame[column].dropna()
    whole = _kopecks(values)
    sentence = f"Денег: в файле {_roubles(did.get('money_in', whole))}, в отчёт {_roubles(whole)}"
    if entity == "payments":
        is_refund = (frame["kind"].isin(_REFUNDS) | (frame[column] < 0)).fillna(value=False)
        back = abs(_kopecks(frame.loc[is_refund, column].dropna()))
        sentence += f": пришло {_roubles(whole + back)}, возвратов {_roubles(back)}" if back else ""
    return [f"{sentence}."]


def _same_ids(
    place: UploadPlace, pulled: Pulled, frame: pd.DataFrame, there: pd.DataFrame
) -> list[str]:
    """Rows whose ids are stored take the place of those."""
    del pulled
    key = ENTITIES[place.entity].key
    new, old = frame.set_index(key), there.set_index(key)
    both = new.index.intersection(old.index)
    if both.empty:
        return [] if there.empty else ["Строк с такими номерами ещё нет: все новые."]
    rows = counted(len(both), *_ROWS)
    new, old = new[~new.index.duplicated(keep="last")].loc[both], old.loc[both]
    columns = [name for name in new.columns if name != "source"]
    alike = (new[columns].eq(old[columns]) | (new[columns].isna() & old[columns].isna())).fillna(
        value=False
    )
    changed = int((~alike.all(axis=1)).sum())
    sentence = (
        f"Из них уже есть: {rows}; изменится {changed}, останется как было {len(both) - changed}"
    )
    others = _named(old["source"][old["source"] != place.source])
    return [f"{sentence}{f'. Они были из других источников: {others}' if others else ''}."]


def _same_days(
    place: UploadPlace, pulled: Pulled, frame: pd.DataFrame, there: pd.DataFrame
) -> list[str]:
    """Rows without ids replace those of this upload on their days; those of others stay."""
    if pulled.replace is None or there.empty:
        return []
    first, last = map(pd.Timestamp, pulled.replace)
    day = there["date_from" if place.entity == "costs" else "date"]
    there = there[(day >= first) & (day <= last)]
    days = f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"
    own, others = there[there["source"] == place.source], there[there["source"] != place.source]
    sentences = []
    if len(own):
        sentences.append(
            f"Заменит {_amount(place.entity, own)} этой загрузки за {days}. Если это выгрузка "
            "другой программы, дайте загрузке другое название: обе сохранятся."
        )
    if place.entity in _MONEY and "platform" in frame:
        others = others[others["platform"].isin(frame["platform"].unique())]
    for source, rows in others.groupby("source"):
        sentence = (
            f"За {days} уже есть {_amount(place.entity, rows)} из «{source_title(str(source))}»"
        )
        sentences.append(f"{sentence}{_rule(place.entity, str(source))}.")
    return sentences


def _rule(entity: str, source: str) -> str:
    """What becomes of two sources that tell the same days."""
    if entity not in _MONEY:
        return ""
    if source.startswith("upload:"):
        return ": суммы сложатся"
    return ": за день и канал в отчёт идёт один вид источника («Чьи расходы важнее»)"


def _amount(entity: str, rows: pd.DataFrame) -> str:
    money = _MONEY.get(entity)
    whole = f" на {_roubles(_kopecks(rows[money].dropna()))}" if money else ""
    return counted(len(rows), *_ROWS) + whole


def _kopecks(values: pd.Series) -> int:
    return int(values.sum())


def _roubles(kopecks: float) -> str:
    return roubles(kopecks, 2)


def _named(sources: Iterable[str]) -> str:
    return ", ".join(f"«{source_title(name)}»" for name in sorted(set(sources))[:3])
