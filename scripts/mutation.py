"""Mutations of a line of Python: constants, comparisons, conditions, and which of two a function picks. Pure.

One mutant is one expression, replaced in its place. Strings, which are for people, and types are not changed.
"""

import ast
from collections.abc import Iterator
from copy import deepcopy
from typing import Final, NamedTuple

_OPPOSITES: Final[tuple[tuple[type[ast.AST], type[ast.AST]], ...]] = (
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.Eq, ast.NotEq),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.FloorDiv),
)
_SWAPS: Final = {a: b for router in _OPPOSITES for a, b in (router, router[::-1])} | {ast.Div: ast.Mult}
_NAMES: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_INNER: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.arg, ast.AnnAssign)


class Edit(NamedTuple):
    """`old` at [begin, end) of the source becomes `new`; `line` is where it begins, from 1."""

    line: int
    begin: int
    end: int
    old: str
    new: str

    def apply(self, source: str) -> str:
        return source[: self.begin] + self.new + source[self.end :]


def edits(source: str) -> list[Edit]:
    """Every edit that changes the program's text to another valid one, in order."""
    tree = ast.parse(source)
    starts = _line_starts(source)
    ignored = set(_ignored(tree))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and node not in ignored]
    found = [_edit(source, starts, node, new) for node in nodes for new in _broken(node)]
    return sorted(set(found))


def _edit(source: str, starts: list[int], node: ast.expr, new: ast.expr) -> Edit:
    assert node.end_lineno
    assert node.end_col_offset is not None
    lines = source.splitlines(keepends=True)
    begin = starts[node.lineno - 1] + _characters(lines[node.lineno - 1], node.col_offset)
    end = starts[node.end_lineno - 1] + _characters(lines[node.end_lineno - 1], node.end_col_offset)
    return Edit(node.lineno, begin, end, source[begin:end], f"({ast.unparse(new)})")


def _broken(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value * 2 if value else -1)
        case ast.Compare():
            yield from (_with(node, "ops", place, op) for place, op in enumerate(node.ops))
        case ast.BoolOp():
            yield _replaced(node, "op", _SWAPS[type(node.op)]())
            yield from node.values  # only one of the conditions counts
        case ast.BinOp(op=op) if type(op) in _SWAPS:
            yield _replaced(node, "op", _SWAPS[type(op)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(test=test):
            yield _replaced(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Call(func=ast.Name(id=name)) if name in _NAMES:
            yield _replaced(node, "func", ast.Name(_NAMES[name]))
        case _:
            pass


def _with(node: ast.Compare, field: str, place: int, op: ast.cmpop) -> ast.expr:
    changed = list(getattr(node, field))
    changed[place] = _SWAPS[type(op)]()
    return _replaced(node, field, changed)


def _replaced(node: ast.expr, field: str, value: object) -> ast.expr:
    copy = deepcopy(node)
    setattr(copy, field, value)
    return copy


def _ignored(tree: ast.Module) -> Iterator[ast.AST]:
    """Annotations, and the code that formats text for people."""
    for node in ast.walk(tree):
        if isinstance(node, _INNER):
            types = [getattr(node, name, None) for name in ("annotation", "returns")]
            yield from (inner for each in types if each for inner in ast.walk(each))
        elif isinstance(node, ast.JoinedStr) or _is_literal_type(node):
            yield from ast.walk(node)


def _is_literal_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _characters(line: str, offset: int) -> int:
    """`ast` counts bytes of UTF-8."""
    return len(line.encode()[:offset].decode())
