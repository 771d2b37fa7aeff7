"""`harness rules`."""

import msgspec
import typer

from harness import lint
from harness.cli._console import Json, out, print_json, show, table
from harness.lint import Rule
from harness.model.errors import UnknownName


class Explained(msgspec.Struct, frozen=True):
    name: str
    severity: str
    about: str
    outage: str
    experiment: str


def rules(
    name: str | None = typer.Argument(None, metavar="NAME", help="A rule, as harness rules lists it."),
    *,
    json: Json = False,
) -> None:
    """The rules of `harness lint`; or of one what it says, the outage it leads to, and the fault that shows it.

    Exit status: 0; 2 wrong use, such as a rule that does not exist.

    Examples:

      harness rules

      harness rules vrid-mismatch
    """
    if name is not None and name not in lint.ALL:
        raise UnknownName("rule", name, lint.ALL)
    found = [_explained(each) for each in lint.ALL.values() if name in (None, each.name)]
    if json:
        print_json(found if name is None else found[0])
    elif name is None:
        _overview(found)
    else:
        _show(found[0])


def _explained(rule: Rule) -> Explained:
    severity = f"{rule.severity}, no verdict without it" if rule.undecided else rule.severity
    return Explained(rule.name, severity, rule.about, rule.outage, rule.experiment)


def _overview(found: list[Explained]) -> None:
    rows = table("rule", "severity", "leads to")
    for each in found:
        rows.add_row(each.name, each.severity, each.outage)
    out.print(rows)
    show("About one of them: harness rules NAME")


def _show(rule: Explained) -> None:
    show(f"{rule.name} ({rule.severity})\n\n{rule.about}\n\nIt leads to: {rule.outage}")
    if rule.experiment:
        show(f"Shown by: {rule.experiment}")
