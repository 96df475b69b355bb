"""Touches of one pull, kept in a temporary file until every part of every log is there."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa

from metrics.schema import conform
from sheets_sync.sources.metrica.logs import Part
from sheets_sync.sources.metrica.touches import SCHEMA, Visits


@contextmanager
def spooled(parts: Generator[Part, None, None], visits: Visits) -> Iterator[Path]:
    """All touches of the parts in one Arrow file, gone when the block ends.

    Compressed and written block by block, so that memory does not grow with the visits. It holds
    no landing page's query and nothing personal: `Visits` lets none through.
    """
    with TemporaryDirectory(prefix="romi-sheets-") as folder:
        path = Path(folder) / "touches.arrow"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with (
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_file(sink, SCHEMA, options=options) as file,
            # Closed at once, not when the memory is collected: closing it cleans Yandex's side.
            closing(parts) as each,
        ):
            for name, pieces in each:
                for block in visits.touches(pieces, name):
                    file.write_table(block)
        yield path


def touches_frame(path: Path, source: str) -> pd.DataFrame:
    """The touches of a spool, conformed."""
    with pa.OSFile(str(path), "rb") as file:
        table: Any = pa.ipc.open_file(file).read_all()
    return conform("touches", table.to_pandas().assign(source=source))
