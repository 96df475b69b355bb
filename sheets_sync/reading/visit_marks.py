"""How visits came, by what Metrica's and Google Analytics' exports say of it."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.privacy.personal import MARKED, NAMED, scrub
from sheets_sync.reading.few_texts import texts_of
from sheets_sync.reading.looks import KINDS
from sheets_sync.reading.normalize import MARKETING_ID, utm
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.values import has_text, map_cells, truth
from sheets_sync.reading.words import meaning

#: How reports call visits from Direct, and how Metrica's API does.
_DIRECT, _DIRECT_ID = r"^(ad\.)?(яндекс|yandex)[.: ]*(директ|direct)", "ya_direct"
_MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "yclid")
#: Columns that may hold an address, as they stand in the file; a longer one is looked at no further.
_ADDRESSES, _LONGEST = ("address", "landing_path", "tags", "comment_mark", "referrer_domain"), 4_000
_BLANK = frozenset({"(direct)", "(none)", "(not set)", "(data not available)"})
_PAIR = re.compile(r"(?P<source>[^/]+?) ?/ ?(?P<medium>[^/]+)")
_PARTED = re.compile(
    r"^(?P<source>(?:яндекс|yandex)[ ._-]*(?:директ|direct)(?=\W)|(?:директ|direct)(?= ?[(/:\-–—]))"
    r"\W+(?P<rest>.*\w)\W*$",
    re.IGNORECASE,
)
#: A source in words that the rules of channels know.
_DIRECT_WORD = "прямой заход"


def mark_visits(reader: Reader) -> None:
    """Words of a report for Metrica's ids, «yandex / cpc» for two utm marks, Direct for its id."""
    columns = reader.columns
    mark_addresses(reader)
    pairs = _split(reader)
    source = pa.array(columns["traffic_source"], pa.string())
    source = pc.if_else(pc.equal(source, ""), map_cells(pairs, _medium), source)
    columns["traffic_source"] = map_cells(source, _id).to_pandas()
    engines = pa.array(columns["source_engine"], pa.string())
    is_direct = truth(pc.match_substring_regex(pc.utf8_lower(engines), _DIRECT))
    is_direct &= ~has_text(pa.array(columns["adv_engine"], pa.string()))
    columns["adv_engine"] = columns["adv_engine"].mask(is_direct, _DIRECT_ID)


def mark_addresses(reader: Reader) -> None:
    """Marks that stand in an address, where no column has them: `…/implant?utm_source=yandex&yclid=…`.

    A service has fields for what it knows of them: what it leaves empty stays so.
    """
    if reader.origin.has_ids:
        return
    columns, done = reader.columns, 0
    for name in (name for name in _ADDRESSES if name in reader.rows.columns):
        text = reader.rows.get(name)
        if not pc.any(pc.match_substring_regex(texts_of(text), KINDS["marked"])).as_py():
            continue
        for mark in _MARKS:
            values = map_cells(text, partial(_in_address, mark=mark)).to_pandas()
            blank = columns[mark] == ""
            done += int((blank & (values != "")).sum()) if mark == _MARKS[0] else 0
            columns[mark] = columns[mark].where(~blank, values)
    if done:
        reader.notes.append(f"Метки utm взяты из адресов страниц; таких строк {done}.")


def _in_address(text: str, mark: str) -> str:
    """One mark of an address, nobody's; "" where it is not there."""
    text = text[:_LONGEST]
    text = text if f"{mark}=" in text.lower() else unquote(text)
    match = re.search(rf"(?<![a-z_]){mark}=([^&#;,|\s\"']+)", text, re.IGNORECASE)
    value = utm(match[1]) if match else ""
    if mark == "yclid":
        return value if re.fullmatch(MARKETING_ID, value) else ""
    return scrub(value, names=mark not in NAMED, bare=mark not in MARKED)


def mark_leads(reader: Reader) -> None:
    """«yandex / cpc» of a lead or a call for two utm marks; what is no pair is its source in words."""
    mark_addresses(reader)
    _part_direct(reader)
    if {"source_medium", "medium"}.isdisjoint(reader.rows.columns):
        return
    own = reader.columns["source_raw"]
    if "medium" in reader.rows.columns:
        own = own.mask(has_text(map_cells(_pairs(reader), _medium)), "")
    raw = map_cells(
        _split(reader), lambda t: _DIRECT_WORD if _medium(t) == "direct" else _single(t)
    )
    reader.columns["source_raw"] = own.where(own != "", raw.to_pandas())


def _part_direct(reader: Reader) -> None:
    """«Яндекс Директ (РСЯ)», «Яндекс.Директ / Импланты»: Direct, and what of it where no campaign is."""
    columns = reader.columns
    words = pc.utf8_lower(pc.unique(pa.array(columns["source_raw"], pa.string())))
    if not pc.any(pc.match_substring_regex(words, "(директ|direct).")).as_py():
        return
    parts = columns["source_raw"].str.extract(_PARTED)
    there = parts["source"].notna()
    if there.any():
        columns["source_raw"] = columns["source_raw"].mask(there, parts["source"])
        blank = there & (columns["utm_campaign"] == "")
        columns["utm_campaign"] = columns["utm_campaign"].mask(blank, parts["rest"])


def _split(reader: Reader) -> pa.Array:
    """The pairs of source and medium, nobody's, which give their utm marks where there are none."""
    pairs, columns = map_cells(_pairs(reader), scrub), reader.columns
    for name in ("source", "medium"):
        own = columns[f"utm_{name}"]
        sides = map_cells(pairs, partial(_side, name=name)).to_pandas()
        columns[f"utm_{name}"] = own.where(own != "", sides)
    return pairs


def _pairs(reader: Reader) -> pa.Array:
    """«yandex / cpc» as it stands, or of two columns."""
    rows = reader.rows
    if "medium" not in rows.columns:
        return rows.get("source_medium")
    both = rows.get("source_raw"), rows.get("medium")
    blank = pc.or_(pc.equal(both[0], ""), pc.equal(both[1], ""))
    return pc.if_else(blank, "", pc.binary_join_element_wise(*both, " / "))


def _single(text: str) -> str:
    return "" if _PAIR.fullmatch(text) else text


def _id(text: str) -> str:
    return meaning(text, "traffic_source") or text


def _medium(pair: str) -> str:
    match = _PAIR.fullmatch(pair)
    return meaning(match["medium"], "traffic_source") if match else ""


def _side(pair: str, name: str) -> str:
    match = _PAIR.fullmatch(pair)
    return "" if not match or match[name].casefold() in _BLANK else match[name]
