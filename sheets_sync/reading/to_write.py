"""Lines for a clinic's file, as they are to be pasted: what a message asks for is ready to be written."""

from __future__ import annotations

from collections.abc import Collection

#: What stands for a header that nobody could guess.
ANY_HEADER = "название столбца"


def column_line(name: str, header: str = ANY_HEADER, *, remark: str = "") -> str:
    """A line of [source.columns]: `paid_at = "Время платежа"  # remark`."""
    return f"{name} = {quoted(header)}" + (f"  # {remark}" if remark else "")


def word_line(word: str, meaning: str = "…", *, remark: str = "") -> str:
    """A line of [source.statuses]: `"слово" = "arrived"`."""
    return f"{quoted(word)} = {quoted(meaning)}" + (f"  # {remark}" if remark else "")


def to_write(table: str, *lines: str, there: Collection[str] = ()) -> str:
    """Lines under the header of their table; what is `there` already says that the source has one."""
    whose = f"в [source.{table}] этого [[source]]" if there else "под этим [[source]]"
    head = () if there else (f"[source.{table}]",)
    return "\n".join((f"допишите {whose} в файле клиники:", *head, *lines))


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
