"""`harness inject`: one sub-command per fault, made from the fault's own fields."""

from contextlib import ExitStack
from typing import Annotated, Final

import typer

from harness import faults
from harness.cli._console import print_json, say, show
from harness.cli._explain import example
from harness.cli._joined import AfterEvent, Also, Within, begun_after, joined
from harness.cli._parameters import command, family
from harness.cli._plan import plan_in, show_plan
from harness.faults import Fault
from harness.lab import definition
from harness.lab.injection import Injection, never
from harness.lab.live import LiveLab
from harness.lab.sequels import patience_ns
from harness.lab.stop_check import StopCheck
from harness.model.ops import ForceOpen, IgnoreChanges, OpenLate, Plan, named
from harness.model.outcome import FaultOutcome, PartOutcome
from harness.model.stop_condition import StopCondition

_OF_RINGS: Final = (named(ForceOpen), named(IgnoreChanges), named(OpenLate))
"""What these met is no frame: a change of the ring, a reason to open, a role that said otherwise."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def inject() -> None:
    """Inject a fault into the lab, or several at once, and say how long it really lasted.

    TARGET is a node (all its data ports), NODE.SEGMENT (one port) or a trunk; `harness list` names them.

    Exit status: 0 injected and undone as asked, 1 undone early because --stop-when was met, 2 wrong use, 3 the lab
    cannot be used, 4 something was left behind, 130 interrupted before its time (undone first).

    Examples:

      harness inject blackhole trunk --for 800ms

      harness inject link_down lb-ext-1

      harness inject freeze lb-ext-1 --for 5s --stop-when 'success(customer-2) < 0.5 for 2s'

      harness inject killed lb-ext-1 --service haproxy --for 5s

      harness inject blackhole lb-ext-1 --begin-after 'started(lb-ext-1, keepalived)' --for 2s

      harness inject hung lb-ext-1 --service haproxy --and 'link_down lb-ext-1.external --later 5s'
    """


StopWhen = Annotated[
    str | None,
    typer.Option("--stop-when", metavar="CONDITION", help="Undo early, exit 1: 'success(customer-2) < 0.5 for 5s'."),
]


def act(
    fault: Fault,
    *,
    lab: str,
    dry_run: bool,
    json: bool,
    stop_when: str | None,
    begin_after: str | None,
    within: str,
    also: list[str] | None,
) -> None:
    fault = joined(begun_after(fault, begin_after, within), also or (), KINDS)
    condition = StopCondition.parse(stop_when) if stop_when is not None else None
    if dry_run:
        if condition:
            condition.expect(definition.of(lab).every)
        show_plan(fault.describe(), fault.plan(definition.of(lab).every), json=json)
        return
    topology, plan = plan_in(lab, fault)
    with ExitStack() as opened:
        stop = never
        if condition:
            condition.expect(topology)
            stop = StopCheck(condition, opened.enter_context(LiveLab(lab))).met
        injection = opened.enter_context(Injection(lab, plan, fault.targets(), say, stop))
        say(f"{fault.describe()}{'' if _ends(plan) else ', held by this process: Ctrl-C undoes it'}")
        ended = injection.run()
        outcome, undone = injection.outcome(), ended and injection.undone and not injection.stopped
    if ended or outcome.parts or json:
        _report(fault, outcome, json=json)
    if injection.stopped:
        say(f"harness: {condition} was met, and the fault was undone.")
        raise typer.Exit(1)
    if undone:
        say("harness: the fault was undone before its end: by another client, or because this one was silent for 5 s.")
        raise typer.Exit(1)
    if not ended and _ends(plan):
        raise KeyboardInterrupt


def _ends(plan: Plan) -> bool:
    return patience_ns(plan) is not None


def _report(fault: Fault, outcome: FaultOutcome, *, json: bool) -> None:
    if json:
        print_json({"fault": fault.describe(), "outcome": outcome})
        return
    for part in outcome.parts:
        show(f"  {part.op}: {_s(part.achieved_s)}, asked {_s(part.asked_s)}{_met(part)}")
    if not outcome.parts:
        show(f"{fault.describe()}: done, nothing is held")
        return
    show(f"{fault.describe()}: {_s(outcome.achieved_s)} from first effect to last release")
    if met_nothing(outcome):
        show("In force, and it met nothing. What the pair did meanwhile, it did without this fault.")


def met_nothing(outcome: FaultOutcome) -> bool:
    """Did each of its parts count, and none of them anything?"""
    return bool(outcome.parts) and all(part.met == 0 for part in outcome.parts)


def _met(part: PartOutcome) -> str:
    unit = "event" if part.op.startswith(_OF_RINGS) else "frame"
    return "" if part.met is None else f", met {part.met} {unit if part.met == 1 else f'{unit}s'}"


def _s(value: float | None) -> str:
    return "until undone" if value is None else f"{1000 * value:.2f} ms"


def _examples(name: str, typed: str) -> tuple[str, ...]:
    return (f"harness inject {name} {typed} --for 800ms", f"harness inject {name} {typed} --dry-run")


KINDS: Final = family(faults, Fault)
OPTIONS: Final = {
    "stop_when": (StopWhen, None),
    "begin_after": (AfterEvent, None),
    "within": (Within, "60s"),
    "also": (Also, None),
}
for _name, _kind in KINDS.items():
    app.command(_name)(command(_kind, _examples(_name, example(_kind)), act, OPTIONS))
