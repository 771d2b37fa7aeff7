"""ARP and VRRP of each segment, as seen at every switch port, with comments on the frames that matter."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Final

from harness import __version__
from harness.export import _pcapng
from harness.export._comments import comments
from harness.export._format import Format, Part
from harness.export._frames import REBUILT, Frame, Frames, wire_length
from harness.export._recorded import Recorded
from harness.export._trial import Trial
from harness.model.errors import NotMeasured
from harness.model.events import AdvertSeen, ArpSeen
from harness.model.topology import Topology
from harness.report.printable import printable

PROGRAM: Final = f"failover-harness {__version__}"


def parts(run: Recorded) -> Iterator[Part]:
    """A file for each segment. A frame is in it once for each port at which it was seen; a port is an interface."""
    by_segment = _by_segment(run)
    if not by_segment:
        raise NotMeasured(f"{run.folder} has no ARP or VRRP frame: there is nothing to write into a capture.")
    for segment, frames in sorted(by_segment.items()):
        rebuilt = not all(frame.frame for frame in frames)
        yield Part(f"{segment}.pcapng", partial(_write, run, frames), f"{segment}: {REBUILT}" if rebuilt else "")


def _by_segment(run: Recorded) -> dict[str, list[Frame]]:
    """Of all, or with `only` of that trial. A port that the topology does not have is left out."""
    windows = [trial.window for trial in run.trials] if run.only is not None else None
    known = set(run.history.topology.taps.values())
    found: dict[str, list[Frame]] = {}
    for event in run.history.events:
        if not isinstance(event, ArpSeen | AdvertSeen) or event.port not in known:
            continue
        if windows is None or any(begin <= event.t < end for begin, end in windows):
            found.setdefault(run.history.topology.segment_of(event.port), []).append(event)
    return found


def _write(run: Recorded, frames: list[Frame], file: BinaryIO) -> None:
    ports = {port: number for number, port in enumerate(dict.fromkeys(frame.port for frame in frames))}
    file.write(_pcapng.section(_about(run, frames), PROGRAM))
    file.writelines(_pcapng.interface(port, _described(run.history.topology, port)) for port in ports)
    said, bytes_of = comments(run.history, _trials(run), frames), Frames(run.history)
    for number, frame in enumerate(frames):
        data, comment = bytes_of.of(frame), said.get(number, "")
        block = _pcapng.packet(
            ports[frame.port], run.wall_ns(frame.t), data, wire_length(data), inward=frame.inward, comment=comment
        )
        file.write(block)


def _trials(run: Recorded) -> list[Trial]:
    """None in a history without steps: its frames have no comments then."""
    return run.trials if run.history.steps else []


def _about(run: Recorded, frames: list[Frame]) -> str:
    """The verdict, and what is not as it was on the wire."""
    told = f"{run.found.verdict}: {run.found.sentence}" if run.found else "no outcome"
    kept = "" if all(frame.frame for frame in frames) else f" {REBUILT}"
    return printable(f"Run {run.name}. {told} Headers only: authentication data and padding are not kept.{kept}")


def _described(topology: Topology, port: str) -> str:
    if port in topology.ports:
        cable = topology.ports[port]
        return printable(f"port of switch {cable.switch} to {cable.node} {cable.device}, {cable.mac}, {cable.ip}")
    name, _, end = port.rpartition(".")
    trunk = topology.trunks[name]
    here, there = (trunk.a, trunk.b) if end == "a" else (trunk.b, trunk.a)
    return printable(f"port of switch {here} to switch {there}")


FORMAT: Final = Format("ARP and VRRP of each segment, with comments: Wireshark, tshark", parts)
