"""How an export was understood, as one value: each column's meaning, how surely, its rival, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from metrics.wording import percent
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask, mask_title
from sheets_sync.reading.deeds import Doubt, doubt
from sheets_sync.reading.grid import Grid
from sheets_sync.reading.meaning import SURE
from sheets_sync.reading.notes import UNDERSTOOD
from sheets_sync.reading.tables import Export, grids

_UNKNOWN = "незнакомый столбец: не взят"


@dataclass(frozen=True)
class Meaning:
    """One column: its header, the canonical name it gives ("" = not taken), how surely (0 … 1), what
    else it may be, why, and a few cells, masked or as shapes («Ааа 00»)."""

    header: str
    name: str
    certainty: float
    rival: str
    why: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understanding:
    """One table: where it lies, whose export it seems to be, its columns, values that stand for all
    rows, and what is uncertain. `question` and `answer` are what must be answered before it can be
    read, and the line to write; "" where nothing."""

    entity: str
    file: str
    sheet: str = ""
    row: int = 0
    system: str = ""
    columns: tuple[Meaning, ...] = ()
    constants: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""

    @property
    def uncertain(self) -> tuple[Meaning, ...]:
        """Columns that were taken and may be something else."""
        return tuple(m for m in self.columns if m.name and m.certainty < SURE)

    def plain(self) -> dict[str, Any]:
        """As JSON and a source's state have it: without a single cell."""
        kept = asdict(self) | {"uncertain": [m.header for m in self.uncertain]}
        for column in kept["columns"]:
            del column["cells"]
        return kept


def of_grid(grid: Grid, entity: str) -> Understanding:
    """How one table was understood."""
    header = grid.header
    # A sum that was chosen among several has two names: the chosen one says more.
    names = {place: name for name, places in header.columns.items() for place in places}
    columns = []
    for place, shown in enumerate(header.names):
        if not shown:
            continue
        name, reason = names.get(place, ""), header.reasons.get(place)
        certainty, why, rival = (
            (reason.certainty, reason.why, reason.rival)
            if reason
            else (0.9, "название столбца", "")
            if name
            else (0.0, _UNKNOWN, "")
        )
        columns.append(
            Meaning(
                mask(shown),
                name,
                round(certainty, 2),
                mask(rival),
                why,
                header.cells.get(place, ()),
            )
        )
    return Understanding(
        entity, grid.place.file, mask_title(grid.place.sheet), header.row + 1, header.system,
        tuple(columns), dict(header.constants), header.notes,
    )  # fmt: skip


def understand(
    export: Path | bytes, source: Export, name: str = "export"
) -> tuple[Understanding, ...]:
    """How the tables of a file, or of the bytes of one, would be read; nothing is stored.

    What cannot be read is an Understanding with a question, and the line that answers it.
    """
    if isinstance(export, bytes):
        with TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name).name or "export")
            path.write_bytes(export)
            return understand(path, source)
    try:
        tables, _ = grids(export, source)
    except FileError as error:
        return (
            Understanding(
                source.entity, mask_title(export.name), question=error.message, answer=error.hint
            ),
        )
    return tuple(of_grid(grid, source.entity) for grid in tables)


def columns_in_doubt(grid: Grid) -> tuple[Doubt, ...]:
    """Columns that were taken without being sure, and those left that look like money or dates."""
    understood = of_grid(grid, "")
    unsure = [m.header for m in understood.uncertain]
    left = [mask(name) for name in grid.header.left]
    return (
        *doubt("unsure", "Столбцы, понятые неуверенно", len(unsure),
               f"Проверьте: {', '.join(unsure)}. Назовите их в [source.columns]."),
        *doubt("left", "Столбцы с деньгами или датами, которые не взяты", len(left),
               f"Не взяты: {', '.join(left)}. Если они нужны, назовите их в [source.columns]."),
    )  # fmt: skip


def sentence(understanding: Understanding) -> str:
    """An understanding as a sentence for «Журнал» and `check`."""
    whose = f"похоже на выгрузку {understanding.system}; " if understanding.system else ""
    meanings = ", ".join(
        f"«{m.header}» – {m.name} ({percent(m.certainty)})" for m in understanding.columns if m.name
    )
    left = ", ".join(f"«{m.header}»" for m in understanding.columns if not m.name)
    fixed = ", ".join(
        f"{name} = {value}" for name, value in (understanding.constants or {}).items()
    )
    parts = [
        f"{UNDERSTOOD}{meanings}",
        f"для всех строк: {fixed}" if fixed else "",
        f"не взяты: {left}" if left else "",
    ]
    return f"Файл «{understanding.file}»: {whose}{'; '.join(filter(None, parts))}."
