"""Every kind of fault of the usual lab, as an operator types it: the folder of faults is the list."""

import json
import pkgutil
import subprocess
from typing import Final

import msgspec

from harness import faults
from harness.bench.command import harness
from harness.faults import Fault
from harness.model.errors import NotMeasured
from harness.model.ops import Plan
from harness.model.units import typeable

_BASE: Final = "fault"


def arguments() -> dict[str, tuple[str, ...]]:
    """Name of each fault → what follows ``harness inject`` for its example, in the order of their names."""
    names = sorted(each.name for each in pkgutil.iter_modules(faults.__path__) if each.name != _BASE)
    return {name: (name, *_kind(name).example.split()) for name in names if not _kind(name).network}


def lasting(name: str) -> bool:
    """Has it a duration?"""
    return "duration" in _kind(name).__struct_fields__


def planned(name: str, duration_ns: int) -> Plan:
    """The plan of its example with this duration. Raises `NotMeasured` with what the command said."""
    typed = harness("inject", *arguments()[name], "--for", typeable(duration_ns), "--dry-run", "--json")
    done = subprocess.run(typed, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"{name}: {done.stderr.strip()}")
    return msgspec.convert(json.loads(done.stdout)["plan"], Plan)


def targets(plan: Plan) -> tuple[str, ...]:
    """What must be leased for it."""
    return tuple(dict.fromkeys(part.op.leased for part in plan.parts if part.op.held))


def _kind(name: str) -> type[Fault]:
    kind: type[Fault] = getattr(faults, name)
    return kind
