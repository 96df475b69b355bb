"""A [[source]] as a form and back: every field of its kind, secrets by their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sheets_sync.clinic.faults import faults
from sheets_sync.errors import ConfigError
from sheets_sync.settings import Day
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import SourceTable
from sheets_sync.web.field_words import PAIRS, code, hint, title, word_of

#: Kinds that a page can connect: files come by upload.
KINDS = tuple(kind for kind, source in SOURCES.items() if source.live)
#: Fields that few need, and those of kinds whose rows have ids.
_RARE = ("from", "trailing_days", "system", "statuses", "links")
_OF_IDS = {"system", "links"}
_FORMS: dict[Any, Literal["flag", "date"]] = {bool: "flag", Day | None: "date"}


@dataclass(frozen=True)
class FormField:
    """A field of a kind of source as a form shows it; `attribute` is what its table calls it."""

    name: str
    form: Literal["text", "secret", "flag", "choice", "list", "pairs", "date"]
    needed: bool
    title: str
    hint: str
    attribute: str
    choices: tuple[str, ...] = ()
    usual: str = ""
    #: Whether a number stands in the file as one.
    whole: bool = False

    @property
    def rare(self) -> bool:
        """Whether few clinics need it."""
        return self.name in _RARE


def form_fields(kind: str) -> list[FormField]:
    """What a form asks for a source of that kind, the rarely needed last."""
    table = SOURCES[kind].table
    fields = [
        _field(kind, name, field)
        for name, field in table.model_fields.items()
        if name != "kind" and (table.gives_ids or name not in _OF_IDS)
    ]
    return sorted(fields, key=lambda field: field.rare)


def _field(kind: str, attribute: str, field: FieldInfo) -> FormField:
    name, annotation = field.alias or attribute, field.annotation
    origin = get_origin(annotation)
    usual = "" if field.is_required() or field.default in (None, (), {}) else str(field.default)
    plain = name, title(kind, name), hint(kind, name), attribute
    if name.endswith("_env"):
        return _made(*plain, "secret", needed=field.is_required())
    if origin is Literal:
        return _made(*plain, "choice", needed=True, choices=get_args(annotation), usual=usual)
    if origin in {dict, tuple}:
        whole = get_args(annotation)[-1] is int
        return _made(*plain, "pairs" if origin is dict else "list", whole=whole)
    form = _FORMS.get(annotation, "text")
    whole = annotation in {int, int | None}
    return _made(*plain, form, needed=field.is_required(), usual=usual, whole=whole)


def _made(
    name: str,
    title_: str,
    hint_: str,
    attribute: str,
    form: Any,
    *,
    needed: bool = False,
    **more: Any,
) -> FormField:
    return FormField(name, form, needed, title_, hint_, attribute, **more)


def form_of_source(table: SourceTable) -> dict[str, str]:
    """A source as its form shows it: everything but secrets."""
    return {
        field.name: _text(field, getattr(table, field.attribute))
        for field in form_fields(table.kind)
        if field.form != "secret"
    }


def _text(field: FormField, value: Any) -> str:
    if value is None or value is False:
        return ""
    if field.form == "list":
        return ", ".join(map(str, value))
    if field.form == "pairs":
        keys, values = PAIRS[field.name]
        return "\n".join(
            f"{word_of(k, keys)} = {word_of(str(v), values)}" for k, v in value.items()
        )
    return str(value)


def source_of_form(
    kind: str,
    form: Mapping[str, str],
    before: SourceTable | None = None,
    occupied: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, str]]:
    """The [[source]] of a form, None where a field is not filled, and its secrets by the variables
    that it names: those of the source `before` it was changed, else new ones beside the `occupied`.

    Raises ConfigError for a line that is no pair.
    """
    source: dict[str, Any] = {"kind": kind}
    kept: dict[str, str] = {}
    for field in form_fields(kind):
        value = form.get(field.name, "").strip()
        if field.form == "secret":
            variable_before = str(getattr(before, field.attribute, ""))
            variable = variable_before or _free(
                f"{kind}_{field.name.removesuffix('_env')}".upper(), occupied
            )
            source[field.name] = variable if value or variable_before else None
            kept |= {variable: value} if value else {}
        else:
            source[field.name] = _value(field, value)
    return source, kept


def _value(field: FormField, value: str) -> Any:
    if field.form == "flag":
        return bool(value)
    if field.form == "pairs":
        return _pairs(field, value) or None
    if field.form == "list":
        return [_number(part) for part in re.split(r"\s*[,;\n]\s*", value) if part] or None
    if not value or value == field.usual:
        return None
    if field.form == "date":
        return _day(value)
    return _number(value) if field.whole else value


def _pairs(field: FormField, text: str) -> dict[str, Any]:
    keys, values = PAIRS[field.name]
    pairs: dict[str, Any] = {}
    for number, row in enumerate(text.splitlines(), start=1):
        key, equals, value = (part.strip() for part in row.partition("="))
        if equals and key and value:
            meant = code(value, values)
            pairs[code(key, keys)] = _number(meant) if field.whole else meant
        elif row.strip():
            raise ConfigError(
                f"«{field.title}», строка {number}: нет знака «=».",
                hint="Напишите по одному в строке: что = чему.",
            )
    return pairs


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else text


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _free(variable: str, occupied: Collection[str]) -> str:
    names = [variable, *(f"{variable}_{number}" for number in range(2, len(occupied) + 2))]
    return next(name for name in names if name not in occupied)


def table_of(source: Mapping[str, Any]) -> SourceTable:
    """The source's table. Raises ConfigError that names every wrong field."""
    table = SOURCES[str(source["kind"])].table
    try:
        filled: SourceTable = table.model_validate(
            {k: v for k, v in source.items() if v is not None}
        )
    except ValidationError as error:
        raise ConfigError(f"{faults(error)}.", hint="Исправьте поле и проверьте ещё раз.") from None
    return filled


def variables_of(table: SourceTable) -> set[str]:
    """The variables that a source's secrets stand in."""
    return {
        str(getattr(table, field.attribute))
        for field in form_fields(table.kind)
        if field.form == "secret"
    }
