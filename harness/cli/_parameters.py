"""Faults and mitigations as commands: their structs' fields are the arguments and options, and nothing else is kept."""

import inspect
import sys
import types
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import typer

from harness.cli._console import DEFAULT, DryRun, Json, LabName
from harness.model.errors import BadValue
from harness.model.units import parse_duration

T = TypeVar("T", bound=msgspec.Struct)
T_contra = TypeVar("T_contra", bound=msgspec.Struct, contravariant=True)


class Act(Protocol[T_contra]):
    """What a sub-command does with the struct that was typed."""

    def __call__(self, thing: T_contra, /, lab: str, *, dry_run: bool, json: bool) -> None: ...


_PARSERS: Final[dict[object, Callable[[str], object]]] = {str: str, int: int, float: float}
_COMMON: Final[dict[str, tuple[object, object]]] = {
    "lab": (LabName, DEFAULT),
    "dry_run": (DryRun, False),
    "json": (Json, False),
}


def family(folder: types.ModuleType, base: type[T]) -> dict[str, type[T]]:
    """Name → kind: what the folder's ``__init__`` exports (a test compares that with its files)."""
    exported = {name: getattr(folder, name) for name in folder.__all__}
    return {name: kind for name, kind in exported.items() if kind is not base}


def command(kind: type[T], examples: tuple[str, ...], act: Act[T]) -> Callable[..., None]:
    """A function that Typer can read: `act` gets the built struct, the lab's name, dry_run and json."""
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)

    def call(*, lab: str, dry_run: bool, json: bool, **texts: str | None) -> None:
        values = {name: convert(name, hints[name], text) for name, text in texts.items() if text is not None}
        act(kind(**values), lab, dry_run=dry_run, json=json)

    parameters = [_parameter(field, hints[field.name], first=field is fields[0]) for field in fields]
    parameters += [_keyword(name, annotation, default) for name, (annotation, default) in _COMMON.items()]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    call.__doc__ = _help(kind, examples)
    return call


def convert(name: str, hint: object, text: str) -> object:
    """The field's value from what was typed. Raises `BadValue` naming the value and the valid ones."""
    if name == "duration":
        return parse_duration(text)
    hint = _some(hint)
    if get_origin(hint) is Literal:
        if text not in get_args(hint):
            raise BadValue(name, text, f"one of {', '.join(get_args(hint))}")
        return text
    try:
        return _PARSERS[hint](text)
    except ValueError as error:
        raise BadValue(name, text, f"{getattr(hint, '__name__', hint)}, a number") from error


def _parameter(field: msgspec.structs.FieldInfo, hint: object, *, first: bool) -> inspect.Parameter:
    """The first field is an argument, the others are options; `duration` is ``--for``, as one says it."""
    required = field.required
    default = inspect.Parameter.empty if required else None if field.default is None else str(field.default)
    if first:
        return _keyword(field.name, Annotated[str, typer.Argument(metavar=field.name.upper())], default)
    flag = "--for" if field.name == "duration" else f"--{field.name.replace('_', '-')}"
    option = typer.Option(flag, metavar=_metavar(field.name, hint), help=_about(field.name, default))
    return _keyword(field.name, Annotated[str | None, option], default)


def _keyword(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _metavar(name: str, hint: object) -> str:
    if name == "duration":
        return "DURATION"
    hint = _some(hint)
    return "|".join(get_args(hint)) if get_origin(hint) is Literal else str(getattr(hint, "__name__", hint)).upper()


def _about(name: str, default: Any) -> str | None:
    if name == "duration" and default is None:
        return "How long, e.g. 800ms or 2s. Without it: held by this process until Ctrl-C."
    return None


def _some(hint: object) -> object:
    """``int | None`` → int."""
    if get_origin(hint) in {Union, types.UnionType}:
        return next(each for each in get_args(hint) if each is not type(None))
    return hint


def _help(kind: type[msgspec.Struct], examples: tuple[str, ...]) -> str:
    """The file's first line, the struct's own words, examples."""
    module = sys.modules[kind.__module__].__doc__ or ""
    words = [
        module.strip().splitlines()[0],
        inspect.getdoc(kind) or "",
        "Examples:",
        *(f"  {each}" for each in examples),
    ]
    return "\n\n".join(filter(None, words))
