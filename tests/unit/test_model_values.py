"""What is true of every value of the model, and of those that a recording keeps."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import fields

from harness import model
from harness.model import running_keepalived as running
from harness.model.glbp import GlbpGateway
from harness.model.lab_shapes import GlbpShape, RingShape, RouterShape, VantageShape, VipShape
from harness.model.units import ms, s
from harness.model.virtual_router import Vip
from harness.model.vrrp_instance import Tracked, UnicastPeer, VrrpAddress, VrrpInstance
from tests.histories import running_instance

READ_ONCE = ("harness.model.lab_shapes.", "harness.model.events.union._Tagged")
"""What a text is decoded into, and goes no further."""


def structs() -> Iterator[type[msgspec.Struct]]:
    for found in pkgutil.walk_packages(model.__path__, f"{model.__name__}."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == found.name:
                yield value


def name_of(struct: type[msgspec.Struct]) -> str:
    return f"{struct.__module__}.{struct.__name__}"


@pytest.mark.parametrize("struct", [each for each in structs() if not name_of(each).startswith(READ_ONCE)])
def test_no_value_changes(struct: type[msgspec.Struct]) -> None:
    """Checks share them, threads hand them on, and memos are keyed by them."""
    assert struct.__struct_config__.frozen


USUAL: dict[str, float] = {
    "Endpoint.expect": 200,
    "FileSwapped.executable": True,
    "Foreseen.whole": True,
    "GlbpGateway.priority": 100,
    "GlbpGateway.weight": 100,
    "GlbpGroup.hello_ns": 3 * s,
    "GlbpGroup.hold_ns": 10 * s,
    "GlbpGroup.redirect_ns": 600 * s,
    "GlbpGroup.timeout_ns": 14_400 * s,
    "GlbpGroup.forwarder_preempt_ns": 30 * s,
    "Limits.advert_tolerance": 0.2,
    "Limits.recovered_share": 0.99,
    "Limits.steady_share": 0.999,
    "Mark.trial": -1,  # of no trial
    "Marked.trial": -1,
    "Ring.age_ms": 5000,
    "RingShape.age_ms": 5000,
    "RunOutcome.version": 1,
    "SqlRoll.at_most": 100,
    "StepSeries.bin_s": 0.1,
    "StreamSetting.cap": 15_000,
    "StreamSetting.connect_timeout_ns": 500 * ms,
    "StreamSetting.expect": 200,
    "StreamSetting.read_timeout_ns": 2 * s,
    "Sync.patience_ns": 3 * s,
    "Toxic.toxicity": 1.0,
    "UnicastPeer.max_ttl": 255,
}


def test_what_a_line_does_not_name_is_nothing_but_for_these() -> None:
    """0 or no. Recordings, labs and asks leave out what is usual: with another default each of them says otherwise."""
    usual = {f"{each.__name__}.{field.name}": field.default for each in structs() for field in fields(each)}
    assert {name: value for name, value in usual.items() if isinstance(value, int | float) and value} == USUAL


NAMED = '{"name":"x","weight":5'
SCRIPT = NAMED + ',"command":"true","interval_ns":1,"timeout_ns":2,"rise":3,"fall":4,"status":"GOOD"}'
PROCESS = NAMED + ',"process":"p","minimum":1,"running":2}'
AS_RECORDED: list[tuple[msgspec.Struct, str]] = [
    (running.TrackScript("x", "true", 1, 2, 5, 3, 4, "GOOD", reverse=False, other=()), SCRIPT),
    (running.TrackFile("x", "/f", 5, 1, reverse=False, other=()), f'{NAMED},"path":"/f","value":1}}'),
    (
        running.TrackProcess("x", "p", 5, 1, 2, reverse=False, terminate_delay_ns=0, other=()),
        PROCESS,
    ),
    (running.TrackBfd("x", 5, up=True, reverse=False, other=()), NAMED + ',"up":true}'),
    (running.SyncGroup("x", ("a",), other=()), '{"name":"x","members":["a"]}'),
    (running.RunningKeepalived("", 0, (), (), (), (), (), (), ()), "{}"),
    (VrrpAddress("10.0.0.1", 24, "eth0", label=""), '{"address":"10.0.0.1","prefix":24,"device":"eth0"}'),
    (UnicastPeer("10.0.0.1", min_ttl=0, max_ttl=255), '{"address":"10.0.0.1"}'),
    (Tracked("x", weight=0, reverse=False), '{"name":"x"}'),
]


@pytest.mark.parametrize("value, line", AS_RECORDED)
def test_a_recording_names_what_is_not_usual(value: msgspec.Struct, line: str) -> None:
    """Today's recordings and the first ones are read alike: what a line does not name is as it usually is."""
    assert msgspec.json.decode(msgspec.json.encode(value)) == msgspec.json.decode(line)
    assert msgspec.json.decode(line, type=type(value)) == value


UNUSUAL = (
    "preempt_delay_ns", "vmac", "strict", "source", "unicast", "unicast_peers", "authentication", "password",
    "sync_group", "vips", "excluded", "interfaces", "scripts", "files", "processes", "bfds", "faults", "other",
)  # fmt: skip


def test_an_instance_of_a_recording() -> None:
    """Multicast, no virtual MAC, no delay: so a line of the first recordings means."""
    written = msgspec.json.decode(msgspec.json.encode(running_instance(vips=())), type=dict[str, object])
    assert set(written) == set(VrrpInstance.__struct_fields__) - set(UNUSUAL)
    read = msgspec.convert(written, VrrpInstance)
    assert {name: value for name in UNUSUAL if (value := getattr(read, name))} == {}
    assert read.preempt_delay_ns == 0


def test_a_vip_is_named_by_adverts_unless_it_says_otherwise() -> None:
    """In a lab file and in the recordings of before."""
    assert not msgspec.json.decode('{"address":"10.0.0.1","prefix":24,"segment":"out"}', type=Vip).excluded


@pytest.mark.parametrize(
    "written", [GlbpGateway, GlbpShape, RingShape, RouterShape, VantageShape, VipShape], ids=lambda kind: kind.__name__
)
def test_a_misspelt_key_of_a_lab_is_refused(written: type[msgspec.Struct]) -> None:
    """Else the usual value would be in force without a word: `hold_time: 3s` would be 10 s."""
    with pytest.raises(msgspec.ValidationError, match="unknown field `hold_time`"):
        msgspec.convert({"hold_time": "3s"}, written)
