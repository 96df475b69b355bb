"""Touches of one pull, kept in a temporary file until every part of every log is there."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from metrics.schema import conform
from sheets_sync.sources.metrica.logs import Part
from sheets_sync.sources.metrica.touches import SCHEMA, VisitLog


@contextmanager
def spooled(parts: Generator[Part, None, None], visits: VisitLog) -> Iterator[IO[bytes]]:
    """All touches of the parts in one Arrow file, which has no name: even a kill leaves none.

    Compressed and written block by block, so that memory does not grow with the visits. It holds
    no landing page's query and nothing personal: `Visits` lets none through.
    """
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with TemporaryFile(prefix="romi-sheets-") as file:
        with (
            pa.ipc.new_file(pa.PythonFile(file, "w"), SCHEMA, options=options) as spool,
            # Closed at once, not when the memory is collected: closing it cleans Yandex's side.
            closing(parts) as each,
        ):
            for name, pieces in each:
                for block in visits.touches(pieces, name):
                    spool.write_table(block)
        file.seek(0)
        yield file


def touches_frame(spool: IO[bytes], source: str) -> pd.DataFrame:
    """The touches of a spool, conformed."""
    table: Any = pa.ipc.open_file(pa.PythonFile(spool, "r")).read_all()
    return conform("touches", table.to_pandas().assign(source=source))
