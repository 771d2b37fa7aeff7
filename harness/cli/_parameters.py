"""Faults and mitigations as commands: the fields of their structs are the arguments and options."""

import inspect
import math
import pkgutil
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
import typer

from harness.cli._console import DEFAULT, DryRun, Json, LabName
from harness.model.errors import BadValue
from harness.model.rates import BitsPerSecond, format_rate, parse_rate
from harness.model.units import Nanoseconds, parse_duration, typeable

T = TypeVar("T", bound=msgspec.Struct)


Act: TypeAlias = Callable[..., None]
"""What a sub-command does with the struct that it was given: ``act(thing, lab=…, dry_run=…, json=…, **more)``."""

Options: TypeAlias = Mapping[str, tuple[object, object]]
"""Parameter → its annotation for Typer, and its default."""


@dataclass(frozen=True)
class Reading:
    """How a field of one type is given on the command line.

    `read`: field's name and text → value, or `BadValue`. `show`: a value → the text that `read` takes. `valid`: all
    texts, if they can be listed. `flag`: no text, but a pair of options.
    """

    metavar: str
    read: Callable[[str, str], object]
    show: Callable[[Any], str] = str
    valid: tuple[str, ...] = ()
    flag: bool = False


_ALIASES: Final[dict[str, tuple[str, ...]]] = {"virtual_router": ("--pair",)}
"""Earlier names of options, which scripts use."""
_INT64: Final = 2**63  # plans are sent as 64-bit numbers
_COMMON: Final[Options] = {
    "lab": (LabName, DEFAULT),
    "dry_run": (DryRun, False),
    "json": (Json, False),
}


def family(folder: types.ModuleType, base: type[T]) -> dict[str, type[T]]:
    """Name → kind: each file of the folder, except that of `base`, defines one. Raises `TypeError` for another file."""
    names = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return {
        name: _defined(import_module(f"{folder.__name__}.{name}"), base)
        for name in names
        if name != base.__name__.lower()
    }


def _defined(module: types.ModuleType, base: type[T]) -> type[T]:
    own = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
    found = [each for each in own if isinstance(each, type) and issubclass(each, base)]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} defines {len(found)} kinds of {base.__name__}: it must be one.")
    return found[0]


def command(
    kind: type[T],
    examples: tuple[str, ...],
    act: Act,
    more: Options = MappingProxyType({}),
    common: Options = _COMMON,
) -> Callable[..., None]:
    """A function that Typer can read: `act` gets the built struct, the lab's name, dry_run, json, and `more`.

    Raises `TypeError` for a field of a type without a `Reading`.
    """
    hints = get_type_hints(kind, include_extras=True)
    readings = {field.name: reading(hints[field.name]) for field in msgspec.structs.fields(kind)}

    beside = {**common, **more}

    def call(**typed: Any) -> None:
        options = {name: typed.pop(name) for name in beside}
        values = {
            name: readings[name].read(name, value) if isinstance(value, str) else value
            for name, value in typed.items()
            if value is not None
        }
        act(kind(**values), **options)

    first, *others = msgspec.structs.fields(kind)
    parameters = [_argument(first, readings[first.name])]
    parameters += [_option(field, readings[field.name]) for field in others]
    parameters += [_keyword(name, annotation, default) for name, (annotation, default) in beside.items()]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    call.__doc__ = _help(kind, examples)
    return call


def reading(hint: object) -> Reading:
    """The reading for a field's annotation. Raises `TypeError` for an unknown one."""
    hint = _some(hint)
    if get_origin(hint) is Literal:
        return _choice(get_args(hint))
    if get_origin(hint) is Annotated:
        return _annotated(hint)
    if isinstance(hint, type) and hint in _PLAIN:
        return _PLAIN[hint]
    raise TypeError(f"A field of type {hint!r} cannot be given on the command line.")


def flag(name: str) -> str:
    """The option of a field; that of `duration` is ``--for``."""
    return "--for" if name == "duration" else f"--{name.replace('_', '-')}"


def _annotated(hint: object) -> Reading:
    if any(isinstance(mark, BitsPerSecond) for mark in get_args(hint)):
        return Reading("RATE", parse_rate, format_rate)
    times = [mark for mark in get_args(hint) if isinstance(mark, Nanoseconds)]
    if not times:
        raise TypeError(f"A field of type {hint!r} cannot be given on the command line.")
    return Reading("DURATION", lambda name, text: parse_duration(text, name, times[0].least), typeable)


def _choice(valid: tuple[str, ...]) -> Reading:
    def read(name: str, text: str) -> str:
        if text not in valid:
            raise BadValue(name, text, f"one of {', '.join(valid)}")
        return text

    return Reading("|".join(valid), read, valid=valid)


def _integer(name: str, text: str) -> int:
    value = int(text) if text.removeprefix("-").isdecimal() else _INT64
    if abs(value) >= _INT64:
        raise BadValue(name, text, "a whole number")
    return value


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadValue(name, text, "a number")
    return value


_PLAIN: Final[dict[type, Reading]] = {
    str: Reading("TEXT", lambda _name, text: text),
    int: Reading("INTEGER", _integer),
    float: Reading("NUMBER", _number, lambda value: str(value).removesuffix(".0")),
    bool: Reading("FLAG", lambda _name, text: text, flag=True),
}


def _argument(field: msgspec.structs.FieldInfo, how: Reading) -> inspect.Parameter:
    argument = typer.Argument(metavar=field.name.upper())
    return _keyword(field.name, Annotated[str, argument], _default(field, how))


def _option(field: msgspec.structs.FieldInfo, how: Reading) -> inspect.Parameter:
    name, default = flag(field.name), _default(field, how)
    if how.flag:
        pair = typer.Option(f"{name}/--no-{name.removeprefix('--')}")
        return _keyword(field.name, Annotated[bool, pair], default)
    option = typer.Option(name, *_ALIASES.get(field.name, ()), metavar=how.metavar, help=_about(field.name, default))
    return _keyword(field.name, Annotated[str | None, option], default)


def _default(field: msgspec.structs.FieldInfo, how: Reading) -> object:
    """As its text on the command line; empty for a field that must be given."""
    if field.required:
        return inspect.Parameter.empty
    return field.default if field.default is None or how.flag else how.show(field.default)


def _keyword(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _about(name: str, default: object) -> str | None:
    if name == "duration" and default is None:
        return "How long, e.g. 800ms or 2s. Without it: held by this process until Ctrl-C."
    return None


def _some(hint: object) -> object:
    """``int | None`` → int; a union of more types is returned unchanged."""
    members = get_args(hint) if get_origin(hint) in {Union, types.UnionType} else ()
    some = [each for each in members if each is not type(None)]
    return some[0] if len(some) == 1 else hint


def _help(kind: type[msgspec.Struct], examples: tuple[str, ...]) -> str:
    """The file's first line, the struct's docstring, examples."""
    module = sys.modules[kind.__module__].__doc__ or ""
    words = [
        module.strip().splitlines()[0],
        inspect.getdoc(kind) or "",
        "Examples:",
        *(f"  {each}" for each in examples),
    ]
    return "\n\n".join(filter(None, words))
