"""`harness mitigate`: one sub-command per mitigation, made from its own fields."""

import typer

from harness import mitigations
from harness.cli._console import print_json, say, show
from harness.cli._parameters import command, family
from harness.cli._plan import plan_in, show_plan
from harness.lab import definition
from harness.lab.injection import Injection
from harness.lab.lab import Lab
from harness.mitigations import Mitigation
from harness.model.ops import Plan

app = typer.Typer(no_args_is_help=True)


@app.callback()
def mitigate() -> None:
    """Do what an operator does during an incident. Works while any process holds a fault.

    Examples:

      harness mitigate flush_arp gateways

      harness mitigate announce external
    """


def act(mitigation: Mitigation, *, lab: str, dry_run: bool, json: bool) -> None:
    if dry_run:
        show_plan(mitigation.describe(), mitigation.plan(definition.of(lab).every), json=json)
        return
    _, plan = plan_in(lab, mitigation)
    t = _hold(mitigation, plan, lab) if mitigation.targets() else _at_once(plan, lab)
    done = [str(part.op) for part in plan.parts]
    if json:
        print_json({"mitigation": mitigation.describe(), "t_ns": t, "done": done})
    else:
        show(f"{mitigation.describe()}: done ({'; '.join(done)})")


def _at_once(plan: Plan, lab: str) -> int:
    with Lab(lab) as opened:
        return opened.act(plan)


def _hold(mitigation: Mitigation, plan: Plan, lab: str) -> int:
    """Waits until it has ended by itself; Ctrl-C takes it back at once."""
    with Injection(lab, plan, mitigation.targets(), say) as injection:
        say(mitigation.describe())
        if not injection.run():
            raise KeyboardInterrupt
    with Lab(lab) as opened:
        return opened.now()


def _examples(name: str, typed: str) -> tuple[str, ...]:
    command = f"harness mitigate {name} {typed}".rstrip()
    return (command, f"{command} --dry-run")


for _name, _kind in family(mitigations, Mitigation).items():
    app.command(_name)(command(_kind, _examples(_name, _kind.example), act))
