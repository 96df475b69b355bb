"""One file per outside system; `SOURCES` says which kind is read by which."""

from __future__ import annotations

from sheets_sync.sources import direct, file, metrica
from sheets_sync.sources.source import Pull

SOURCES: dict[str, Pull] = {
    "file": file.pull,
    "metrica": metrica.pull,
    "direct": direct.pull,
}
