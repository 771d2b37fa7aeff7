"""What `harness faults` and `harness mitigations` print: all of a folder, or everything about one of its files."""

import inspect
import sys
from collections.abc import Mapping
from typing import TypeAlias, get_type_hints

import msgspec

from harness.cli._console import out, print_json, show, table
from harness.cli._parameters import flag, reading
from harness.faults import Fault
from harness.mitigations import Mitigation
from harness.model.errors import UnknownName
from harness.model.signs import Signs

Kind: TypeAlias = type[Fault] | type[Mitigation]


class Parameter(msgspec.Struct, frozen=True):
    """`option`: as it is typed; `default`: as text, None: it must be given, or there is none."""

    option: str
    value: str
    default: str | None
    required: bool


class Explanation(msgspec.Struct, frozen=True):
    """`about`: paragraphs of text."""

    name: str
    about: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    signs: Signs
    examples: tuple[str, ...]


def explain(what: str, kinds: Mapping[str, Kind], verb: str, name: str | None, *, json: bool) -> None:
    """Prints all `kinds`, or the one of that name. Raises `UnknownName`."""
    if name is None:
        _overview(what, {each: explanation(each, kind, verb) for each, kind in kinds.items()}, json=json)
        return
    if name not in kinds:
        raise UnknownName(what, name, kinds)
    found = explanation(name, kinds[name], verb)
    if json:
        print_json(found)
    else:
        _show(found)


def explanation(name: str, kind: Kind, verb: str) -> Explanation:
    module = inspect.cleandoc(sys.modules[kind.__module__].__doc__ or "")
    typed = f"harness {verb} {name} {example(kind)}".rstrip()
    endings = (" --for 800ms", " --dry-run") if _has_duration(kind) else ("", " --dry-run")
    return Explanation(
        name,
        tuple(filter(None, (" ".join(each.split()) for each in f"{module}\n\n{inspect.getdoc(kind)}".split("\n\n")))),
        tuple(_parameters(kind)),
        kind.signs,
        tuple(f"{typed}{ending}" for ending in endings),
    )


def example(kind: Kind) -> str:
    """As it is typed: what the usual lab does not have is in the lab of a network, which has its name."""
    network = getattr(kind, "network", "")
    return f"{kind.example} --lab {network}" if network else kind.example


def _has_duration(kind: Kind) -> bool:
    return "duration" in kind.__struct_fields__


def _parameters(kind: Kind) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for place, field in enumerate(msgspec.structs.fields(kind)):
        how = reading(hints[field.name])
        default = None if field.required or field.default is None or how.flag else how.show(field.default)
        found.append(
            Parameter(field.name.upper() if place == 0 else flag(field.name), how.metavar, default, field.required)
        )
    return found


def _overview(what: str, found: dict[str, Explanation], *, json: bool) -> None:
    if json:
        print_json(tuple(found.values()))
        return
    rows = table(what, "")
    for name, each in found.items():
        rows.add_row(name, each.about[0])
    out.print(rows)
    show(f"About one of them: harness {what}s NAME")


def _show(found: Explanation) -> None:
    for paragraph in found.about:
        out.print(paragraph, markup=False)
        out.print()
    rows = table("parameter", "value", "default")
    for each in found.parameters:
        rows.add_row(each.option, each.value, "must be given" if each.required else each.default or "")
    out.print(rows)
    signs = table("where", "what is seen")
    for where in Signs.__struct_fields__:
        signs.add_row(where, getattr(found.signs, where))
    out.print(signs)
    for example in found.examples:
        show(f"  {example}")
