"""Imports run downwards only: the floors of CONTRIBUTING.md, held by reading every import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = [
    {"__main__"},
    {"cli", "plugin", "bench"},
    {"repeats", "plugin_site", "plugin_markers"},
    {"campaign"},
    {"search"},
    {"export"},
    {"gate"},
    {"experiment", "report", "capture"},
    {"explain"},
    {"faults", "mitigations"},
    {"lab"},
    {"checks"},
    {"recovery"},
    {"lint", "simulation"},
    {"history"},
    {"busyness", "compare", "site"},
    {"model", "statistics"},
]
HEIGHT = {name: -depth for depth, floor in enumerate(FLOORS) for name in floor}
BESIDE = {"agents": {"agents", "model"}}
MEASURES_AGENTS = "bench"  # asks an agent's gauge, in the words of its questions
MODULES = sorted((ROOT / "harness").rglob("*.py"))


def room(path: Path) -> str:
    """The floor that a file belongs to."""
    return path.relative_to(ROOT / "harness").parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The floors that a file imports from."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} if node.module != "harness" else {f"harness.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("harness.") and name != "harness.__version__"}


def allowed(own: str, other: str) -> bool:
    if own in BESIDE:
        return other in BESIDE[own]
    if other in BESIDE:
        return own == MEASURES_AGENTS
    return own == other or HEIGHT[other] < HEIGHT[own]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards(path: Path) -> None:
    """No file imports from its own height or above, but from its own floor."""
    own = room(path)
    if own == "__init__":
        return
    wrong = {other for other in imported(path) - {"__version__"} if not allowed(own, other)}
    assert not wrong, f"{path.relative_to(ROOT)} ({own}) must not import {', '.join(sorted(wrong))}"


def test_the_rule_can_fail() -> None:
    """A check that imported the lab would be caught."""
    assert not allowed("checks", "lab")
    assert not allowed("agents", "history")
    assert allowed("lab", "history")
