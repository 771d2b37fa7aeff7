"""`harness mitigate`: one sub-command per mitigation, made from its own fields."""

import typer

from harness import mitigations
from harness.cli._console import print_json, show
from harness.cli._parameters import command, family
from harness.cli._plan import show_plan
from harness.lab.achieved import describe_op
from harness.lab.compose import topology
from harness.lab.lab import Lab
from harness.mitigations import Mitigation

app = typer.Typer(no_args_is_help=True)


@app.callback()
def mitigate() -> None:
    """Do what an operator does during an incident. Works while a fault is held, by whomever.

    Examples:

      harness mitigate flush_arp gateways

      harness mitigate announce external
    """


def act(mitigation: Mitigation, lab: str, *, dry_run: bool, json: bool) -> None:
    plan = mitigation.plan(topology())
    if dry_run:
        show_plan(mitigation.describe(), plan, json=json)
        return
    with Lab(lab) as opened:
        t = opened.act(plan)
    done = [describe_op(part.op) for part in plan.parts]
    if json:
        print_json({"mitigation": mitigation.describe(), "t_ns": t, "done": done})
    else:
        show(f"{mitigation.describe()}: done ({'; '.join(done)})")


def _examples(name: str) -> tuple[str, ...]:
    return (f"harness mitigate {name}", f"harness mitigate {name} --dry-run")


for _name, _kind in family(mitigations, Mitigation).items():
    app.command(_name)(command(_kind, _examples(_name), act))
