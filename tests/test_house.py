"""The house's measures: a class name stands once, a module and a function have an end, no import goes in a circle."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "app.py",
        *(
            path
            for room in ("sheets_sync", "metrics", "templates_sheets")
            for path in sorted((ROOT / room).rglob("*.py"))
            if "migrations" not in path.parts
        ),
    )
}
NODES = {name: [*ast.walk(ast.parse(text))] for name, text in MODULES.items()}


def test_a_class_name_stands_once() -> None:
    names = Counter(
        node.name.lstrip("_")
        for nodes in NODES.values()
        for node in nodes
        if isinstance(node, ast.ClassDef)
    )
    assert len(names) > 200
    assert [name for name, count in names.items() if count > 1] == []


def test_a_module_has_at_most_300_lines() -> None:
    assert [name for name, text in MODULES.items() if text.count("\n") > 300] == []


def test_a_function_has_at_most_50_lines() -> None:
    long = [
        f"{name}:{node.name}"
        for name, nodes in NODES.items()
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 50
    ]
    assert long == []


#: A value is called by what it is, an effect by a verb.
PARTICIPLES = frozenset(
    ("asked", "found", "given", "known", "said", "spoken", "taken", "told", "wanted")
)


def test_nothing_is_called_by_a_participle() -> None:
    assert [
        f"{name}:{line} {word}"
        for name, nodes in NODES.items()
        for word, line in _names(nodes)
        if word.strip("_") in PARTICIPLES
    ] == []


def _names(nodes: list[ast.AST]) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something, and its line."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def test_no_import_goes_in_a_circle() -> None:
    """Those for types alone count, too. `static_order` raises CycleError, which names the circle."""
    names = {_dotted(name): nodes for name, nodes in NODES.items()}
    arrows = {name: {*_imports(nodes, {*names})} - {name} for name, nodes in names.items()}
    assert sum(map(len, arrows.values())) > 2000
    assert len([*TopologicalSorter(arrows).static_order()]) == len(names)


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imports(nodes: list[ast.AST], names: set[str]) -> Iterator[str]:
    """Our modules that a module imports; of a package the module that is meant."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from {inner if inner in names else node.module} & names
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & names
