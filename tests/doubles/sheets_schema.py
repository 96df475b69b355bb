"""Google's own description of Sheets v4, and whether a body or a field mask keeps to it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

#: Fields that are output only, though only their prose says so.
_OUTPUT_ONLY = {
    "CellData": {"effectiveValue", "formattedValue", "hyperlink", "effectiveFormat"},
    "ExtendedValue": {"errorValue"},
    "ProtectedRange": {"requestingUserCanEdit"},
    "DeveloperMetadataLocation": {"locationType"},
}
_KINDS = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int | float,
    "array": list,
    "object": dict,
}


class Fault(Exception):  # noqa: N818 - what is wrong with a request
    """A body that Google would not understand."""


@cache
def document() -> dict[str, Any]:
    """The discovery document that comes with google-api-python-client."""
    path = files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def check(value: Any, name: str, *, answer: bool = False) -> None:
    """Raise Fault unless `value` is the schema `name`; in an `answer` output fields are allowed."""
    _check(value, {"$ref": name}, name, answer)


def _check(value: Any, schema: dict[str, Any], path: str, answer: bool) -> None:
    name = schema.get("$ref")
    if name is not None:
        schema = document()["schemas"][name]
    kind = schema["type"]
    if kind == "any":
        return
    right = isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not right:
        raise Fault(f"Invalid value at '{path}' ({kind}), {value!r:.60}")
    if "enum" in schema and value not in schema["enum"]:
        raise Fault(f"Invalid value at '{path}' (enum), {value!r}")
    if schema.get("format") == "int32" and not -(2**31) <= value < 2**31:
        raise Fault(f"Invalid value at '{path}' (TYPE_INT32), {value}")
    if kind == "array":
        for number, item in enumerate(value):
            _check(item, schema["items"], f"{path}[{number}]", answer)
    if kind == "object":
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for key, item in value.items():
            if key in known:
                inner = known[key]
            elif rest is not None:
                inner = rest
            else:
                raise Fault(f"Unknown name \"{key}\" at '{path}': Cannot find field.")
            closed = inner.get("readOnly") or key in _OUTPUT_ONLY.get(name or "", ())
            if closed and not answer:
                raise Fault(f"'{path}.{key}' is output only.")
            _check(item, inner, f"{path}.{key}", answer)


Mask = dict[str, Any]


def mask(text: str, name: str) -> Mask:
    """A field mask as a tree of names, {} at its leaves. Raises Fault for unknown fields.

    Understands «a.b», «a/b» and «a(b,c)»; «*» alone is everything.
    """
    tree, rest = _fields(text)
    if rest or not tree:
        raise Fault(f"Invalid field mask '{text}'.")
    if tree != {"*": {}}:
        _resolve(tree, {"$ref": name}, text)
    return tree


def _fields(text: str) -> tuple[Mask, str]:
    tree: Mask = {}
    while True:
        length = next((i for i, c in enumerate(text) if c in ",()"), len(text))
        names, text = text[:length].replace("/", ".").split("."), text[length:]
        inner: Mask = {}
        if text.startswith("("):
            inner, text = _fields(text[1:])
            if not text.startswith(")"):
                raise Fault("Invalid field mask: a bracket is not closed.")
            text = text[1:]
        place = tree
        for part in names[:-1]:
            place = place.setdefault(part, {})
        place.setdefault(names[-1], {}).update(inner)
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _resolve(tree: Mask, schema: dict[str, Any], text: str) -> None:
    while "$ref" in schema or schema.get("type") == "array":
        schema = document()["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    for name, inner in tree.items():
        known = schema.get("properties", {})
        if name not in known:
            raise Fault(f"Invalid field '{name}' in mask '{text}'.")
        if inner:
            _resolve(inner, known[name], text)


def pick(value: Any, tree: Mask) -> Any:
    """The part of a value that a mask names."""
    if not tree or tree == {"*": {}}:
        return value
    if isinstance(value, list):
        return [pick(item, tree) for item in value]
    return {name: pick(value[name], inner) for name, inner in tree.items() if name in value}
