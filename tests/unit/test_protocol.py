"""What agents and clients say to each other: what an ask may leave out, and what that means."""

from typing import Any, get_args

import msgspec
import pytest

from harness.model.load import (
    BACKGROUND,
    CONNECTED,
    HEALTH,
    PROBE,
    PROBE_SPARINGLY,
    QUIET,
    Answer,
    AnyLoadAsk,
    SetStream,
    StreamSetting,
    Sync,
)
from harness.model.ops import Announce, Part, Plan, plan
from harness.model.protocol import (
    HEARTBEAT_NS,
    LEASE_SILENCE_NS,
    Act,
    AnyAsk,
    AnyReply,
    Arm,
    Ask,
    Done,
    Greeting,
    Mark,
    Reply,
    Undo,
)
from harness.model.requests import Stream
from harness.model.units import ms, s

OP = Announce("external")
TOLD = '"op":{"op":"announce","virtual_router":"external"}'
ASKS: list[tuple[str, Ask]] = [
    ('{"ask":"mark","id":1,"name":"x"}', Mark(1, "x", -1, "")),  # outside of every trial
    ('{"ask":"arm","id":1,"plan_id":7,"plan":{"parts":[]}}', Arm(1, 7, Plan(()), 0)),  # as soon as it can
    (f'{{"ask":"act","id":1,{TOLD}}}', Act(1, OP, 0)),  # of no plan
    ('{"ask":"undo","id":1}', Undo(1, False, None)),  # this connection's alone, all of it
    ('{"ask":"undo","id":1,"plan_id":7}', Undo(1, False, 7)),
]


@pytest.mark.parametrize("line, meant", ASKS, ids=[line for line, _ in ASKS])
def test_what_an_ask_leaves_out_is_as_usual(line: str, meant: Ask) -> None:
    assert msgspec.json.decode(line, type=AnyAsk) == meant


def test_a_reply_needs_its_number_and_its_time() -> None:
    assert msgspec.json.decode('{"reply":"done","id":1,"t":5}', type=AnyReply) == Done(1, 5, ())


@pytest.mark.parametrize("kind", [*get_args(AnyAsk), *get_args(AnyReply)], ids=lambda kind: kind.__name__)
def test_every_kind_says_which_it_is(kind: type[Ask | Reply]) -> None:
    word = "ask" if issubclass(kind, Ask) else "reply"
    config = kind.__struct_config__
    assert (config.tag_field, config.tag) == (word, kind.__name__.lower())


def test_a_greeting_of_an_agent_without_a_topology_names_none() -> None:
    greeting = Greeting(1, "hand", 5, "boot", 0, (), (), (), ())
    assert msgspec.json.decode(msgspec.json.encode(greeting), type=AnyReply) == greeting
    assert greeting.topology == ""


def test_a_lease_outlives_many_heartbeats() -> None:
    """A lease is lost after 5 s of silence (docs/design.md). A busy client may miss some heartbeats in a row."""
    assert 5 * s == LEASE_SILENCE_NS
    assert LEASE_SILENCE_NS / HEARTBEAT_NS == 10


def test_a_part_begins_with_its_plan() -> None:
    assert Part(OP) == Part(OP, 0, None)
    assert plan([OP], 5 * ms).parts == (Part(OP, 0, 5 * ms),)


LOAD_ASKS: list[tuple[str, AnyLoadAsk]] = [
    ('{"ask":"sync","id":1}', Sync(1, (), before_ns=0, patience_ns=3 * s)),  # nothing to wait for; of everyone
    (
        '{"ask":"set_stream","id":1,"stream":2,"setting":{"rate_hz":0}}',
        SetStream(1, (), stream=Stream.background, setting=StreamSetting(0)),
    ),
]


@pytest.mark.parametrize("line, meant", LOAD_ASKS, ids=["sync", "set_stream"])
def test_what_an_ask_to_the_load_leaves_out_is_as_usual(line: str, meant: AnyLoadAsk) -> None:
    assert msgspec.json.decode(line, type=AnyLoadAsk) == meant


STREAMS = [
    (PROBE, 200, 0.5, 2),
    (PROBE_SPARINGLY, 40, 0.5, 2),
    (CONNECTED, 20, 0.5, 10),
    (HEALTH, 1, 1, 2),
    (BACKGROUND, 0, 30, 30),  # an experiment says how many
    (QUIET, 0, 0.5, 2),
]


@pytest.mark.parametrize("setting, rate_hz, connect_s, read_s", STREAMS)
def test_streams_send_and_wait_as_the_design_says(
    setting: StreamSetting, rate_hz: float, connect_s: float, read_s: float
) -> None:
    """docs/design.md, Load."""
    assert setting.rate_hz == rate_hz
    assert (setting.connect_timeout_ns / s, setting.read_timeout_ns / s) == (connect_s, read_s)
    assert (setting.expect, setting.cap, setting.retries, setting.mix) == (200, 15_000, 0, ())


def test_every_probe_has_ended_when_a_sync_has_waited() -> None:
    """A step ends once its probes are recorded, also those that hang until they time out."""
    assert PROBE.connect_timeout_ns + PROBE.read_timeout_ns < Sync(1).patience_ns


def test_an_answer_owes_nothing_unless_it_says_so() -> None:
    assert msgspec.json.decode('{"at":5,"size":36}', type=Answer) == Answer(5, 36, undecided=0, error="")


BOUNDS: list[tuple[str, Any, Any]] = [
    ("connect_timeout_ns", 1, 0),
    ("connect_timeout_ns", 600 * s, 600 * s + 1),
    ("read_timeout_ns", 1, 0),
    ("read_timeout_ns", 600 * s, 600 * s + 1),
    ("rate_hz", 10_000, 10_001),
    ("rate_hz", 0, -1),
    ("expect", 200, 199),
    ("expect", 599, 600),
    ("cap", 1, 0),
    ("retries", 100, 101),
    ("target", ":8080", "8080"),
    ("path", "/me", "me"),
]


@pytest.mark.parametrize("field, good, bad", BOUNDS, ids=[f"{field}={bad}" for field, _, bad in BOUNDS])
def test_a_setting_has_bounds(field: str, good: object, bad: object) -> None:
    """Checked where it is read: a worker that sleeps for ever, or sends without end, would be no load."""
    usual = msgspec.to_builtins(PROBE)
    assert getattr(msgspec.convert(usual | {field: good}, StreamSetting), field) == good
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        msgspec.convert(usual | {field: bad}, StreamSetting)


def test_a_sync_waits_for_no_more_than_ten_minutes() -> None:
    with pytest.raises(msgspec.ValidationError, match="patience_ns"):
        msgspec.convert({"ask": "sync", "id": 1, "patience_ns": 600 * s + 1}, AnyLoadAsk)
