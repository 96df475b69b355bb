"""Notes as parts of a workbook: a large book has thousands, so each is drawn in one piece."""

from __future__ import annotations

from typing import Any

from xlsxwriter.comments import Comments
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.vml import Vml


class NoteTexts(Comments):  # type: ignore[misc] # the library has no types
    """What notes say, byte for byte as the library writes it."""

    def _write_comment(self, comment: Any, author_id: int) -> None:
        cell = xl_rowcol_to_cell(comment.row, comment.col)
        text = self._escape_control_characters(self._escape_data(comment.text))
        space = "" if comment.text == comment.text.strip() else ' xml:space="preserve"'
        self.fh.write(
            f'<comment ref="{cell}" authorId="{author_id}"><text><r><rPr>'
            f'<sz val="{comment.font_size}"/><color indexed="81"/>'
            f'<rFont val="{comment.font_name}"/><family val="{comment.font_family}"/></rPr>'
            f"<t{space}>{text}</t></r></text></comment>"
        )


class NoteShapes(Vml):  # type: ignore[misc]
    """Where notes hang, byte for byte as the library writes it; all are hidden until pointed at."""

    def _write_comment_shape(self, shape_id: int, z_index: int, comment: Any) -> None:
        left, top, width, height = self._pixels_to_points(comment.vertices)
        column, row, x, y, last_column, last_row, last_x, last_y = comment.vertices[:8]
        colour = comment.color._vml_rgb_hex_value()  # noqa: SLF001
        self.fh.write(
            f'<v:shape id="_x0000_s{shape_id}" type="#_x0000_t202" style="position:absolute;'
            f"margin-left:{left:.15g}pt;margin-top:{top:.15g}pt;"
            f"width:{width:.15g}pt;height:{height:.15g}pt;"
            f'z-index:{z_index};visibility:hidden" fillcolor="{colour}" o:insetmode="auto">'
            f'<v:fill color2="{colour}"/><v:shadow on="t" color="black" obscured="t"/>'
            '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
            '<div style="text-align:left"></div></v:textbox>'
            '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{column}, {x}, {row}, {y}, {last_column}, {last_x}, {last_row}, {last_y}"
            "</x:Anchor><x:AutoFill>False</x:AutoFill>"
            f"<x:Row>{comment.row}</x:Row><x:Column>{comment.col}</x:Column>"
            "</x:ClientData></v:shape>"
        )
