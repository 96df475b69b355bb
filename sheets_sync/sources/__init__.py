"""One file per outside system; SOURCES is the only list of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sheets_sync.kinds import Kinds
from sheets_sync.privacy.personal import redact_title
from sheets_sync.sources.source import Source

#: By kind, which is the file's name, too.
SOURCES: Mapping[str, Source[Any]] = Kinds(
    {
        kind: f"{__name__}.{kind}"
        for kind in (
            "calltouch",
            "uis",
            "callibri",
            "bitrix24",
            "amocrm",
            "yclients",
            "medods",
            "sqns",
            "direct",
            "vk_ads",
            "avito",
            "metrica",
            "file",
            "upload",
        )
    },
    "SOURCE",
)
#: What people type into «Расходы»: no [[source]], but rows of the store have it as theirs.
SHEET = "sheet"


def shown_source(name: str) -> str:
    """A source's name without anybody that its path names; two such names stay two."""
    shown = redact_title(name)
    return name if shown == name else f"{shown} #{sha256(name.encode()).hexdigest()[:4]}"


def source_title(name: str) -> str:
    """A source's name for people: «exports/leads.csv», «Метрика 11111111», «вкладка «Расходы»»."""
    kind, _, account = shown_source(name).partition(":")
    if kind == SHEET:
        return f"вкладка «{account}»"
    title = SOURCES[kind].title if kind in SOURCES else ""
    if title and account.isupper():
        # Not an account but the variable of its token, which says nothing to a marketer.
        return title
    return f"{title} {account}".strip()


def noun(name: str) -> str:
    """What a source is, without its account: «выгрузка», «Метрика»."""
    kind = name.partition(":")[0]
    return "таблица" if kind == SHEET else SOURCES[kind].noun if kind in SOURCES else "источник"
