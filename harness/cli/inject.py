"""`harness inject`: one sub-command per fault, made from the fault's own fields."""

import typer

from harness import faults
from harness.cli._console import print_json, say, show
from harness.cli._parameters import command, family
from harness.cli._plan import show_plan
from harness.faults import Fault
from harness.lab import definition, ready
from harness.lab.injection import Injection
from harness.model.outcome import FaultOutcome

app = typer.Typer(no_args_is_help=True)


@app.callback()
def inject() -> None:
    """Inject one fault into the lab, and say how long it really lasted.

    TARGET is a node (all its data ports), NODE.SEGMENT (one port) or a trunk; `harness list` names them.

    Examples:

      harness inject blackhole trunk --for 800ms

      harness inject link_down lb-ext-1

      harness inject freeze lb-ext-1 --for 5s
    """


def act(fault: Fault, lab: str, *, dry_run: bool, json: bool) -> None:
    if dry_run:
        show_plan(fault.describe(), fault.plan(definition.of(lab).every), json=json)
        return
    plan = fault.plan(ready.definition_of(lab).topology)
    with Injection(lab, plan, fault.targets(), say) as injection:
        say(f"{fault.describe()}{'' if plan.ends_ns else ', held by this process: Ctrl-C undoes it'}")
        ended = injection.run()
        outcome = injection.outcome()
    _report(fault, outcome, json=json)
    if not ended and plan.ends_ns is not None:
        raise KeyboardInterrupt


def _report(fault: Fault, outcome: FaultOutcome, *, json: bool) -> None:
    if json:
        print_json({"fault": fault.describe(), "outcome": outcome})
        return
    for part in outcome.parts:
        show(f"  {part.op}: {_s(part.achieved_s)}, asked {_s(part.asked_s)}")
    show(f"{fault.describe()}: {_s(outcome.achieved_s)} from first effect to last release")


def _s(value: float | None) -> str:
    return "until undone" if value is None else f"{1000 * value:.2f} ms"


def _examples(name: str, typed: str) -> tuple[str, ...]:
    return (f"harness inject {name} {typed} --for 800ms", f"harness inject {name} {typed} --dry-run")


for _name, _kind in family(faults, Fault).items():
    app.command(_name)(command(_kind, _examples(_name, _kind.example), act))
