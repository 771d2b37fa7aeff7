"""Faults that `harness inject` joins to its first one (`--and`), as `&` does in Python."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import typer
from typer._click.exceptions import UsageError as WrongUse  # its own copy of Click, as in `_verbs`

from harness import faults
from harness.cli._parameters import Options, command
from harness.faults import Fault
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.units import parse_duration

AfterEvent = Annotated[
    str | None,
    typer.Option("--begin-after", metavar="EVENT", help="Begin once it has happened: 'started(lb-ext-1, haproxy)'."),
]
Within = Annotated[str, typer.Option("--within", metavar="DURATION", help="The event must happen within this time.")]
Also = Annotated[
    list[str] | None,
    typer.Option("--and", metavar="FAULT", help="Another fault with it: 'link_down lb-ext-1 --later 5s'. Repeatable."),
]
_Later = Annotated[str | None, typer.Option("--later", metavar="DURATION")]
_OF_ONE: Final[Options] = {"later": (_Later, None), "begin_after": (AfterEvent, None), "within": (Within, "60s")}


def begun_after(fault: Fault, event: str | None, within: str) -> Fault:
    return fault if event is None else faults.after(event, fault, parse_duration(within, "within"))


def joined(first: Fault, texts: Sequence[str], kinds: Mapping[str, type[Fault]]) -> Fault:
    """`first` and, from the same instant on, each fault of `texts`: a name, its target and its options.

    Raises `UsageError` with the text that cannot be read, `UnknownName` for a fault.
    """
    for text in texts:
        first &= _read(text, kinds)
    return first


def _read(text: str, kinds: Mapping[str, type[Fault]]) -> Fault:
    name, *words = _words(text)
    if name not in kinds:
        raise UnknownName("fault", name, kinds)
    found: list[Fault] = []

    def keep(fault: Fault, /, *, later: str | None, begin_after: str | None, within: str) -> None:
        if later is not None and begin_after is not None:
            raise BadValue("later", later, "not together with --begin-after: that event says when it begins")
        begun = fault.later(parse_duration(later, "later")) if later is not None else fault
        found.append(begun_after(begun, begin_after, within))

    one = typer.Typer(add_completion=False)
    one.command(name, add_help_option=False)(command(kinds[name], (), keep, _OF_ONE, common={}))
    try:
        typer.main.get_command(one).main(words, prog_name=name, standalone_mode=False)
    except WrongUse as error:
        raise UsageError(
            f"--and {text!r}: {error.format_message()} `harness faults {name}` has its options."
        ) from error
    return found[0]


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--and {text!r}: {error}.") from error
    if not words:
        raise BadValue("and", text, "a fault as it is typed behind `harness inject`: 'link_down lb-ext-1 --for 2s'")
    return words
