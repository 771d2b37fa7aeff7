"""What was done in the step: each op, from when to when. Ops are ours, so that the first cause is known."""

from typing import Final

from harness.explain._scene import Scene, Sentences
from harness.model.events import OpApplied
from harness.model.ops import AnyOp, Drop, Flood, LinkDown, ServiceDown, ServiceKilled, Signal, SqlRoll
from harness.model.topology import Topology

MOST: Final = 6


def deeds(scene: Scene) -> Sentences:
    """One sentence for each op, the first `MOST`."""
    done = [*scene.step.inherited, *scene.step.applied]
    yield from (sentence for op in done[:MOST] for sentence in _deed(scene, op))
    if len(done) > MOST:
        yield f"The step had {len(done)} ops in all."


def _deed(scene: Scene, applied: OpApplied) -> Sentences:
    what = words(applied.op, scene.history.topology)
    if not applied.op.held:
        yield f"`{applied.op}` was done at {scene.at(applied.t)}."
        return
    end = scene.step.release_of(applied)
    since = "from before the step on" if applied.t < scene.step.began_ns else f"from {scene.at(applied.t)} on"
    yield f"{what} {since}." if end is None else f"{what} {since}, until {scene.at(end)}."


def words(op: AnyOp, topology: Topology) -> str:
    """``Every frame from sw-a to sw-b was dropped``. Of an op without words of its own its one line."""
    match op:
        case Drop(port=port, side=side):
            said = f"Every frame {_way(port, side, topology)} was dropped"
        case LinkDown(port=port):
            said = f"{port} had no carrier"
        case Signal(node=node, service=service):
            said = f"{service or 'Every process'} of {node} was stopped by SIGSTOP"
        case ServiceDown(node=node, service=service):
            said = f"{service} of {node} was stopped and kept down"
        case ServiceKilled(node=node, service=service):
            said = f"{service or 'Every process'} of {node} was killed and kept down"
        case Flood(node=node, mode=mode, sessions=sessions):
            said = f"A flood from {node} of up to {sessions} sessions ({mode}) was in force"
        case SqlRoll(node=node):
            said = f"The statistics of {node} had been counted anew until the optimizer chose the wrong index,"
        case _:
            said = f"`{op}` was in force"
    return said


def _way(port: str, side: str, topology: Topology) -> str:
    """Which frames pass one side of a port: along a trunk, to a node, or from it."""
    place, _, end = port.rpartition(".")
    if place in topology.trunks:
        trunk = topology.trunks[place]
        a_to_b = (end == "b") == (side == "ingress")
        return f"from {trunk.a} to {trunk.b}" if a_to_b else f"from {trunk.b} to {trunk.a}"
    return f"from {place} into {end}" if side == "ingress" else f"from {end} to {place}"
