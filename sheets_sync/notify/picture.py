"""The digest's picture: leads as columns, margin as a line, labelled by the cells of «Неделя»."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from sheets_sync.errors import ConfigError, because
from sheets_sync.notify.digest import DigestWeek
from sheets_sync.notify.numbers import cell

#: Inches at 100 dots: 1200 × 675.
_SIZE, _DPI = (12.0, 6.75), 100
#: Shares of the height: where the highest column ends, where the line begins and ends.
_COLUMNS_TO, _LINE_FROM, _LINE_TO = 0.48, 0.6, 0.88
_COLUMN, _LINE, _INK, _SOFT = "#a9c4ef", "#1f6f4a", "#1c2733", "#66707c"


def picture(week: DigestWeek) -> bytes:
    """A PNG of 1200 × 675 over the whole weeks; it names nobody."""
    # Imported only here: it takes longer than everything else of a start.
    from matplotlib.figure import Figure  # noqa: PLC0415

    rows = {row[0]: [row[n] for n in week.places] for row in week.table["rows"]}
    names = [week.table["titles"][n][:5] for n in week.places]
    leads, margin = rows["Лиды"], rows["Маржа"]
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    left = figure.add_subplot()
    left.bar(names, [value or 0 for value in leads], color=_COLUMN, width=0.62, label="лиды")
    right = left.twinx()
    points = [(n, value) for n, value in enumerate(margin) if value is not None]
    if points:
        right.plot(*zip(*points, strict=True), color=_LINE, linewidth=2.5, marker="o")
    left.set_ylim(0, (max(value or 0 for value in leads) or 1) / _COLUMNS_TO)
    _put_above(right, [value for _, value in points])
    for n, value in enumerate(leads):
        _label(left, n, value or 0, cell(value, "count") or "нет данных", _INK, 4)
    for n, value in points:
        _label(right, n, value, cell(value, "money"), _LINE, 9)
    figure.suptitle("Лиды и маржа по неделям", fontsize=18, color=_INK)
    left.set_xlabel("Неделя с", fontsize=12, color=_SOFT)
    for axes in (left, right):
        axes.set_yticks([])
        axes.tick_params(axis="x", length=0, labelsize=13, labelcolor=_SOFT)
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color("#c9d1da")
    left.plot([], [], color=_LINE, linewidth=2.5, marker="o", label="маржа")
    left.legend(loc="upper left", frameon=False, fontsize=13, ncols=2)
    file = BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def write_picture(path: Path, week: DigestWeek) -> None:
    """Write the picture, whole or not at all, over one that is there. Raises ConfigError."""
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(picture(week))
        draft.replace(path)
    except OSError as error:
        raise ConfigError(
            f"не могу записать картинку ({because(error)}).",
            where=str(path),
            hint="Укажите другой файл: --picture ФАЙЛ.png.",
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _put_above(axes: Any, values: list[float]) -> None:
    """Give a line the upper part of the picture: its labels and those of the columns never meet."""
    low, high = min(values, default=0), max(values, default=1)
    whole = ((high - low) or abs(high) or 1) / (_LINE_TO - _LINE_FROM)
    axes.set_ylim(low - whole * _LINE_FROM, low + whole * (1 - _LINE_FROM))


def _label(axes: Any, at: int, value: float, text: str, colour: str, above: int) -> None:
    axes.annotate(
        text,
        (at, value),
        xytext=(0, above),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=13,
        color=colour,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"},
    )
