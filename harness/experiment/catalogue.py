"""Which experiments there are, read from their files without importing them: names, intents, first lines."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.model.errors import UnknownName, UsageError
from harness.model.folders import EXPERIMENTS

INTENTS: Final = ("reproduction", "gate")


class TestEntry(msgspec.Struct, frozen=True):
    """`name` as ``--only`` takes it."""

    __test__ = False  # not a test class: pytest must not collect it

    name: str
    intent: str
    configuration: str
    about: str


class Experiment(msgspec.Struct, frozen=True):
    name: str
    path: str
    about: str
    tests: tuple[TestEntry, ...]
    overlays: tuple[str, ...] = ()  # what the lab must have: ``pytestmark = pytest.mark.overlay("databases")``

    def choose(self, only: str) -> tuple[TestEntry, ...]:
        """The tests that a comma-separated list names; ``prevention`` stands for each ``prevention[…]``; "": all."""
        known = {test.name: test for test in self.tests}
        wanted = [name.split("[")[0] for name in only.split(",") if name]
        for name in wanted:
            if name not in known:
                raise UnknownName(f"test of {self.name}", name, known)
        return tuple(test for test in self.tests if not wanted or test.name in wanted)


def experiments(folder: Path = EXPERIMENTS) -> list[Experiment]:
    """One per file test_NAME.py."""
    return [read_experiment(path) for path in sorted(folder.glob("test_*.py"))]


def find_experiment(name: str, folder: Path = EXPERIMENTS) -> Experiment:
    """By NAME, or by PATH of a file (it has a slash or ends in .py). Raises `UnknownName` with the nearest."""
    if "/" in name or name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"There is no experiment file {name!r}. `harness list` shows what is there.")
        return _with_tests(read_experiment(path))
    path = folder / f"test_{name}.py"
    if not name.isidentifier() or not path.is_file():
        raise UnknownName("experiment", name, [each.stem.removeprefix("test_") for each in folder.glob("test_*.py")])
    return read_experiment(path)


def read_experiment(path: Path) -> Experiment:
    """Raises `UsageError` for a file that is no Python."""
    try:
        module = ast.parse(path.read_text(), str(path))
    except SyntaxError as error:
        raise UsageError(f"{path}, line {error.lineno}: {error.msg}.") from error
    except ValueError as error:  # bytes that are no text, or a NUL among them
        raise UsageError(f"{path} is no Python: {error}.") from error
    name, overlays = path.stem.removeprefix("test_"), tuple(_overlays(module))
    return Experiment(name, str(path), first_line(module), tuple(_tests(module)), overlays)


def _with_tests(found: Experiment) -> Experiment:
    """Raises `UsageError` before a lab is up for nothing. What is imported, or in a class, pytest finds itself."""
    if not found.tests and "test" not in Path(found.path).read_text().lower():
        raise UsageError(f"{found.path!r} has no test: an experiment has a function test_NAME(trials) for each.")
    return found


def first_line(node: ast.Module | ast.FunctionDef) -> str:
    """Of the docstring; empty without one."""
    return (ast.get_docstring(node) or "").partition("\n")[0]


def _overlays(module: ast.Module) -> Iterator[str]:
    """The arguments of ``pytest.mark.overlay`` in the module's ``pytestmark``, alone or in a list."""
    marks = [node.value for node in module.body if isinstance(node, ast.Assign) and _names(node) == ["pytestmark"]]
    for call in (inner for mark in marks for inner in ast.walk(mark) if isinstance(inner, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "overlay":
            yield from (str(each.value) for each in call.args if isinstance(each, ast.Constant))


def _names(assignment: ast.Assign) -> list[str]:
    return [target.id for target in assignment.targets if isinstance(target, ast.Name)]


def _tests(module: ast.Module) -> Iterator[TestEntry]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = dict(_marks(node))
            intent = next((each for each in INTENTS if each in marks), INTENTS[0])
            name = node.name.removeprefix("test_")
            yield TestEntry(name, intent, marks.get("configuration", "default"), first_line(node))


def _marks(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """``@pytest.mark.NAME`` and ``@pytest.mark.NAME("argument", …)`` as (name, first argument)."""
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        mark = call.func if call else decorator
        if isinstance(mark, ast.Attribute):
            first = call.args[0] if call and call.args else None
            yield mark.attr, str(first.value) if isinstance(first, ast.Constant) else ""
