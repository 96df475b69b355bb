"""Notes of a worksheet: a large book has thousands of few kinds, so each kind is laid out once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from xlsxwriter.comments import Comments, CommentType
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.vml import Vml
from xlsxwriter.worksheet import Worksheet

#: Shapes have ids in blocks of so many, and each sheet blocks of its own.
_BLOCK = 1024
#: In so many last rows of a sheet notes hang otherwise, as in the first.
_LAST_ROWS = 3


class Note(NamedTuple):
    """A note on a cell, row and column from 0; its box in pixels."""

    row: int
    column: int
    author: str
    text: str
    width: int
    height: int


class NotedSheet(Worksheet):  # type: ignore[misc] # the library has no types
    """A worksheet whose notes are given once, whole. The library knows of no row that is higher
    than others."""

    def put_notes(self, notes: Sequence[Note]) -> None:
        """Hang notes, in the order of their cells."""
        if not notes:
            return
        rows, columns = [note.row for note in notes], [note.column for note in notes]
        self._check_dimensions(min(rows), min(columns))
        self._check_dimensions(max(rows), max(columns))
        self.has_vml = self.has_comments = True
        self._notes = notes

    def _prepare_vml_objects(self, data_id: int, shape_id: int, drawing: int, comments: int) -> int:
        super()._prepare_vml_objects(data_id, shape_id, drawing, comments)
        count = len(self._notes)
        self.vml_data_id = ",".join(str(data_id + block) for block in range(count // _BLOCK + 1))
        self.comments_list = self._notes
        return count


class NoteTexts(Comments):  # type: ignore[misc]
    """What notes say, byte for byte as the library writes it."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn = cache(self._text)

    def _write_comment(self, note: Note, author_id: int) -> None:
        cell = xl_rowcol_to_cell(note.row, note.column)
        self.fh.write(f'<comment ref="{cell}" authorId="{author_id}">{self._drawn(note.text)}')

    def _text(self, text: str) -> str:
        clean = self._escape_control_characters(self._escape_data(text))
        space = "" if text == text.strip() else ' xml:space="preserve"'
        return (
            '<text><r><rPr><sz val="8"/><color indexed="81"/><rFont val="Tahoma"/>'
            f'<family val="2"/></rPr><t{space}>{clean}</t></r></text></comment>'
        )


class NoteShapes(Vml):  # type: ignore[misc]
    """Where notes hang, byte for byte as the library writes it; all are hidden until pointed at."""

    def __init__(self, sheet: NotedSheet) -> None:
        super().__init__()
        self._sheet = sheet
        self._box = cache(self._place)

    def _place(self, row: int, column: int, width: int, height: int) -> Any:
        box = CommentType(row, column, "", {"width": width, "height": height})
        return self._sheet._comment_vertices(box)  # noqa: SLF001

    def _write_comment_shape(self, shape_id: int, z_index: int, note: Note) -> None:
        # In nearly every row it hangs as in the second one, only lower.
        alike = 1 if 0 < note.row < self._sheet.xls_rowmax - _LAST_ROWS else note.row
        box = self._box(alike, note.column, note.width, note.height)
        column, row, x, y, last_column, last_row, last_x, last_y, left, top, width, height = box
        down = note.row - alike
        top += down * self._sheet.default_row_height
        self.fh.write(
            f'<v:shape id="_x0000_s{shape_id}" type="#_x0000_t202" style="position:absolute;'
            f"margin-left:{left * 0.75:.15g}pt;margin-top:{top * 0.75:.15g}pt;"
            f"width:{width * 0.75:.15g}pt;height:{height * 0.75:.15g}pt;"
            f'z-index:{z_index};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
            '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
            '<div style="text-align:left"></div></v:textbox>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{column}, {x}, {row + down}, {y}, "
            f"{last_column}, {last_x}, {last_row + down}, {last_y}"
            "</x:Anchor><x:AutoFill>False</x:AutoFill>"
            f"<x:Row>{note.row}</x:Row><x:Column>{note.column}</x:Column>"
            "</x:ClientData></v:shape>"
        )
