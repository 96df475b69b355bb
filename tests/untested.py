"""Statements of the product that no test runs: `.venv/bin/python -m tests.untested [tests]`.

Every statement is preceded by a mark in a file that all processes share, so that children, forks and
workers that are killed count as well. Prints them by module, and how many there are. Modules that are
programs of their own (readers of workbooks and pages, run by their path) are not counted.
"""

from __future__ import annotations

import ast
import builtins
import mmap
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
MARKS = "ROMI_SHEETS_UNTESTED"
#: The most lines a module has.
_ROOM = 1024
#: So that children come here before anything of ours is imported, also those that see no PYTHONPATH.
_HOOK = f"import os, runpy; {MARKS!r} in os.environ and runpy.run_path({str(Path(__file__))!r}, run_name='hook')\n"


def _modules() -> list[Path]:
    rooms = (ROOT / room for room in ("sheets_sync", "metrics", "templates_sheets"))
    found = (path for room in rooms for path in sorted(room.rglob("*.py")))
    return [ROOT / "app.py", *(path for path in found if "migrations" not in path.parts)]


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements."""
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield value


def _counts(statement: ast.stmt) -> bool:
    """Whether it is more than words: a docstring, the `...` of a protocol, an import of the future."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module != "__future__"
    return not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))


class MarkingLoader(SourceFileLoader):
    """Loads a module so that each statement marks its line."""

    def __init__(self, name: str, path: str, place: int) -> None:
        super().__init__(name, path)
        self.place = place

    def get_code(self, fullname: str) -> object:
        source = self.get_data(self.path)
        tree = ast.parse(source)
        for block in list(_blocks(tree)):
            block[:] = [each for one in block for each in (*self._mark(one), one)]
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)

    def _mark(self, statement: ast.stmt) -> list[ast.stmt]:
        if not _counts(statement):
            return []
        mark = ast.parse(f"__marks__[{self.place * _ROOM + statement.lineno}] = 1").body[0]
        for node in ast.walk(mark):
            ast.copy_location(node, statement)
        return [mark]


class MarkingFinder:
    """Finds the product's modules, and gives them that loader."""

    def __init__(self) -> None:
        self.places = {str(path): place for place, path in enumerate(_modules())}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in {"app", "sheets_sync", "metrics", "templates_sheets"}:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin in self.places:
            spec.loader = MarkingLoader(name, spec.origin, self.places[spec.origin])
        return spec


def hook() -> None:
    """Mark what this process runs."""
    with open(os.environ[MARKS], "r+b") as file:  # noqa: PTH123 - before pathlib is needed
        builtins.__marks__ = mmap.mmap(file.fileno(), 0)
    sys.meta_path.insert(0, MarkingFinder())


def main(arguments: list[str]) -> int:
    """Run the tests; give pytest's status."""
    start = Path(sysconfig.get_path("purelib"), "romi_untested.pth")
    modules = _modules()
    with TemporaryDirectory() as folder:
        file = Path(os.environ.get(MARKS) or f"{folder}/marks")
        if not file.exists():
            file.write_bytes(bytes(len(modules) * _ROOM))
        start.write_text(_HOOK, encoding="utf-8")
        try:
            command = [sys.executable, "-m", "pytest", *arguments]
            environment = os.environ | {MARKS: str(file)}
            status = subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
        finally:
            start.unlink()
        marks = file.read_bytes()
    sys.stdout.writelines(_report(modules, marks))
    return status


def _report(modules: list[Path], marks: bytes) -> Iterator[str]:
    count = left = 0
    for place, path in enumerate(modules):
        text = path.read_text(encoding="utf-8")
        if '__name__ == "__main__"' in text:
            continue
        tree = ast.parse(text)
        lines = {s.lineno for block in _blocks(tree) for s in block if _counts(s)}
        unrun = sorted(line for line in lines if not marks[place * _ROOM + line])
        count, left = count + len(lines), left + len(unrun)
        if unrun:
            yield f"{path.relative_to(ROOT)}: {', '.join(map(str, unrun))}\n"
    yield f"{left} of {count} statements are run by no test\n"


if __name__ == "hook":
    hook()
elif __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
