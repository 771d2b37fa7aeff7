"""The GLBP groups that compose.yaml names, and values that the protocol cannot carry. Pure."""

from typing import Final

from harness.model.errors import BadValue, UnknownName
from harness.model.glbp import GROUPS, GlbpGateway, GlbpGroup
from harness.model.lab_shapes import GlbpShape, LabShape
from harness.model.units import ms, parse_duration, s

NEVER: Final = "never"
_BYTE: Final = 255
_WHOLE: Final = 65_535
"""The longest redirect and timeout, in seconds: two bytes of a hello."""


def groups(lab: LabShape) -> dict[str, GlbpGroup]:
    """By name. Raises `UnknownName` for a segment that is not there, `BadValue` for what a hello cannot tell."""
    return {name: _group(name, shape, lab) for name, shape in lab.glbp.items()}


def _group(name: str, shape: GlbpShape, lab: LabShape) -> GlbpGroup:
    if shape.segment not in lab.segments:
        raise UnknownName(f"segment of the GLBP group {name}", shape.segment, lab.segments)
    if not 0 <= shape.number <= GROUPS:
        raise BadValue(f"number of the GLBP group {name}", shape.number, f"a number from 0 to {GROUPS}")
    for node, gateway in shape.gateways.items():
        _gateway(f"{node} in the GLBP group {name}", gateway)
    hello, hold = (_time(name, key, getattr(shape, key), ms) for key in ("hello", "hold"))
    if hold <= hello:
        raise BadValue(f"hold of the GLBP group {name}", shape.hold, f"more than its hello, {shape.hello}")
    redirect, timeout = (_seconds(name, key, getattr(shape, key)) for key in ("redirect", "timeout"))
    delay = shape.forwarder_preempt
    preempt = None if delay == NEVER else parse_duration(delay, f"forwarder_preempt of the GLBP group {name}", least=0)
    return GlbpGroup(
        name, shape.segment, shape.number, shape.ip, shape.gateways, shape.balancing,
        hello, hold, redirect, timeout, preempt,
    )  # fmt: skip


def _gateway(what: str, gateway: GlbpGateway) -> None:
    if not 1 <= gateway.priority <= _BYTE:
        raise BadValue(f"priority of {what}", gateway.priority, "a number from 1 to 255")
    if not 0 <= gateway.weight <= _BYTE:
        raise BadValue(f"weight of {what}", gateway.weight, "a number from 0 to 255")


def _time(name: str, key: str, text: str, unit: int) -> int:
    time = parse_duration(text, f"{key} of the GLBP group {name}")
    if time % unit:
        raise BadValue(f"{key} of the GLBP group {name}", text, f"whole {'seconds' if unit == s else 'milliseconds'}")
    return time


def _seconds(name: str, key: str, text: str) -> int:
    time = _time(name, key, text, s)
    if time > _WHOLE * s:
        raise BadValue(f"{key} of the GLBP group {name}", text, f"at most {_WHOLE}s")
    return time
