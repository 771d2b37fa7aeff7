"""A plan for people: what would be done, where and when."""

from harness.cli._console import print_json, show
from harness.lab.sequels import described
from harness.model.ops import Part, Plan
from harness.model.units import format_duration


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
