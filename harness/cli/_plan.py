"""A plan of a lab as it is, and for people: what would be done, where and when."""

from harness.cli._console import print_json, show
from harness.faults import Fault
from harness.lab import definition, ready
from harness.lab.sequels import described
from harness.mitigations import Mitigation
from harness.model.errors import EnvironmentProblem
from harness.model.ops import Part, Plan
from harness.model.topology import Topology
from harness.model.units import format_duration


def plan_in(lab: str, asked: Fault | Mitigation) -> tuple[Topology, Plan]:
    """What is in the lab, and the plan there. Raises `UsageError`; `EnvironmentProblem` if no engine tells.

    Wrong use is told first, also where no engine runs: then a name counts as wrong that no overlay has.
    """
    try:
        topology = ready.definition_of(lab).topology
    except EnvironmentProblem:
        asked.plan(definition.of(lab).every)
        raise
    return topology, asked.plan(topology)


def show_plan(title: str, plan: Plan, *, json: bool) -> None:
    if json:
        print_json({"action": title, "plan": plan})
        return
    show(f"{title}: would do")
    for part in plan.parts:
        show(f"  at {format_duration(part.begin_ns)} {part.op}{_end(part)}")
    for sequel in plan.sequels:
        show(f"  {described(sequel)}:")
        for part in sequel.plan.parts:
            show(f"    {format_duration(part.begin_ns)} later {part.op}{_end(part)}")


def _end(part: Part) -> str:
    if not part.op.held:
        return ""
    return f", until {format_duration(part.end_ns)}" if part.end_ns is not None else ", until undone"
