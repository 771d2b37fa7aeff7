"""What a drawn mutant may be: another program, one expression away."""

import ast
from pathlib import Path

import pytest

from scripts.mutation import edits

HARNESS = Path(__file__).resolve().parents[2] / "harness"


@pytest.mark.parametrize(
    "source, mutants",
    [
        ("a < b", {"(a <= b)"}),
        ("a <= b < c", {"(a < b < c)", "(a <= b <= c)"}),
        ("x = 5", {"x = (6)", "x = (10)"}),
        ("x = 0", {"x = (1)", "x = (-1)"}),
        ("x = True", {"x = (False)"}),
        ("not a", {"(a)"}),
        ("a and b", {"(a or b)", "(a)", "(b)"}),
        ("min(a)", {"(max(a))"}),
        ("a if b else c", {"(a if not b else c)"}),
        ("x: Literal[1] = y", set()),  # a type
        ("def f(x: int = y) -> int: return x", set()),
        ("f'{x:.3f} s'", set()),  # words for people
        ("'é' if a in b else c", {"('é' if not a in b else c)", "'é' if (a not in b) else c"}),
    ],
)
def test_edits(source: str, mutants: set[str]) -> None:
    assert {edit.apply(source) for edit in edits(source)} == mutants


@pytest.mark.parametrize("file", ["checks/_alone.py", "recovery/validity.py", "model/limits.py", "agents/lease.py"])
def test_every_edit_is_another_program_on_its_line(file: str) -> None:
    source = (HARNESS / file).read_text()
    for edit in edits(source):
        broken = edit.apply(source)
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))
        assert source.splitlines()[edit.line - 1] != broken.splitlines()[edit.line - 1]
