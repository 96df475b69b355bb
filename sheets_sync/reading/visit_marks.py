"""How visits came, by what Metrica's and Google Analytics' exports say of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.reading.values import has_text, map_cells, truth
from sheets_sync.reading.words import meaning

if TYPE_CHECKING:
    from sheets_sync.reading.rows import Reader

#: How reports call visits from Direct, and how Metrica's API does.
_DIRECT, _DIRECT_ID = r"^(ad\.)?(яндекс|yandex)[.: ]*(директ|direct)", "ya_direct"
_BLANK = frozenset({"(direct)", "(none)", "(not set)", "(data not available)"})
_SLASH = " / "


def mark_visits(reader: Reader) -> None:
    """Words of a report for Metrica's ids, «yandex / cpc» for two utm marks, Direct for its id."""
    columns = reader.columns
    pairs = reader.rows.get("source_medium")
    for name, side in (("utm_source", 0), ("utm_medium", 1)):
        own = columns[name]
        columns[name] = own.where(own != "", map_cells(pairs, _side(side)).to_pandas())
    source = pa.array(columns["traffic_source"], pa.string())
    source = pc.if_else(pc.equal(source, ""), map_cells(pairs, _medium), source)
    columns["traffic_source"] = map_cells(source, _id).to_pandas()
    engines = pa.array(columns["source_engine"], pa.string())
    is_direct = truth(pc.match_substring_regex(pc.utf8_lower(engines), _DIRECT))
    is_direct &= ~has_text(pa.array(columns["adv_engine"], pa.string()))
    columns["adv_engine"] = columns["adv_engine"].mask(is_direct, _DIRECT_ID)


def _id(text: str) -> str:
    return meaning(text, "traffic_source") or text


def _medium(pair: str) -> str:
    return meaning(pair.partition(_SLASH)[2], "traffic_source")


def _side(side: int) -> Callable[[str], str]:
    def of(pair: str) -> str:
        text = pair.split(_SLASH)[side].strip() if _SLASH in pair else ""
        return "" if text.casefold() in _BLANK else text

    return of
