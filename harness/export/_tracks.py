"""Writes TrackEvents by the builder of PyPI's ``perfetto``. The only file that imports it.

Times are the history's own, so that an instant of outcome.json is found by its `t_ns`. A snapshot of two clocks tells
the reader the time of day.
"""

from typing import TYPE_CHECKING, BinaryIO, Final

from harness.report.printable import printable

if TYPE_CHECKING:
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket

_SEQUENCE: Final = 1
_REALTIME, _BOOTTIME = 1, 6  # builtin_clock.proto


class Tracks:
    """Appends to `file`. A track is described before its first event; each group is a track of its own above it."""

    def __init__(self, file: BinaryIO, t: int, wall_minus_mono_ns: int) -> None:
        """Raises `ImportError` without the package."""
        from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protos  # noqa: PLC0415 - an extra
        from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder  # noqa: PLC0415 - an extra

        self._kinds = protos.TrackEvent
        self._builder = StreamingTraceProtoBuilder(file)
        self._known: dict[tuple[str, str], int] = {}
        self._clocks(t, wall_minus_mono_ns)

    def of(self, name: str, group: str) -> int:
        """The track of this name; without a group one at the top."""
        return self._known.get((group, name)) or self._described(name, group)

    def counter(self, name: str, group: str, unit: str) -> int:
        return self._known.get((group, name)) or self._described(name, group, unit)

    def slice(self, track: int, begin: int, end: int, name: str) -> None:
        self._event(track, begin, self._kinds.TYPE_SLICE_BEGIN, name)
        self._event(track, end, self._kinds.TYPE_SLICE_END)

    def instant(self, track: int, t: int, name: str) -> None:
        self._event(track, t, self._kinds.TYPE_INSTANT, name)

    def value(self, track: int, t: int, value: float) -> None:
        packet = self._packet(t)
        packet.track_event.type = self._kinds.TYPE_COUNTER
        packet.track_event.track_uuid = track
        packet.track_event.double_counter_value = value
        self._builder.write_packet(packet)

    def _described(self, name: str, group: str, unit: str | None = None) -> int:
        above = self.of(group, "") if group else 0
        number = self._known[group, name] = len(self._known) + 1
        packet = self._builder.create_packet()
        packet.track_descriptor.uuid = number
        packet.track_descriptor.name = printable(name)
        if above:
            packet.track_descriptor.parent_uuid = above
        if unit is not None:
            packet.track_descriptor.counter.unit_name = unit
        self._write(packet)
        return number

    def _event(self, track: int, t: int, kind: int, name: str = "") -> None:
        packet = self._packet(t)
        packet.track_event.type = kind
        packet.track_event.track_uuid = track
        if name:
            packet.track_event.name = printable(name)
        self._builder.write_packet(packet)

    def _packet(self, t: int) -> "TracePacket":
        packet = self._builder.create_packet()
        packet.timestamp = t
        packet.trusted_packet_sequence_id = _SEQUENCE
        return packet

    def _clocks(self, t: int, wall_minus_mono_ns: int) -> None:
        packet = self._builder.create_packet()
        for clock, value in ((_BOOTTIME, t), (_REALTIME, t + wall_minus_mono_ns)):
            packet.clock_snapshot.clocks.add(clock_id=clock, timestamp=value)
        self._write(packet)

    def _write(self, packet: "TracePacket") -> None:
        packet.trusted_packet_sequence_id = _SEQUENCE
        self._builder.write_packet(packet)
