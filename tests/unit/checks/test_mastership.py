"""What a node's parts say about mastership, from which instant on."""

from collections.abc import Iterable

import pytest

from harness.checks._mastership import contradicted, parts, states
from harness.model.events import AdvertSeen, AnyEvent, ServiceChanged, Unwired, VrrpDump, VrrpState
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, ns
from tests.shapes import several_vips

NS = 1e-9
KEEPALIVED = "keepalived"


def telling(*events: AnyEvent, baseline: bool = False) -> HistoryBuilder:
    """These words of keepalived alone. `baseline`: and that it runs, which the service agent tells first."""
    story = HistoryBuilder()
    story.events = [e for e in story.events if not isinstance(e, VrrpState | ServiceChanged)]
    if baseline:
        story.event(ServiceChanged(ns(-2.0), LB1, KEEPALIVED, "up", 100))
    for event in events:
        story.event(event)
    return story


def said(story: HistoryBuilder) -> list[tuple[float, str | None]]:
    history, step = story.judged()
    found = states(history, step, history.topology.virtual_routers["external"], LB1)
    return [(round((t - ns(0.0)) * NS, 3), state) for t, state in found]


def dump(t: float, state: str = "MASTER", node: str = LB1, instance: str = "external") -> VrrpDump:
    return VrrpDump(ns(t), node, instance, state, vip_set=state == "MASTER")


def service(t: float, state: str, node: str = LB1, name: str = KEEPALIVED) -> ServiceChanged:
    return ServiceChanged(ns(t), node, name, state)


def word(t: float, state: str = "MASTER", node: str = LB1, instance: str = "external") -> VrrpState:
    return VrrpState(ns(t), node, instance, state, 100)


STATES: dict[str, tuple[tuple[AnyEvent, ...], list[tuple[float, str | None]]]] = {
    "a dump without any word that it runs": ((dump(1.0),), [(1.0, "MASTER")]),
    "dumps until a notification": (
        (dump(1.0), word(2.0, "BACKUP"), dump(3.0)),
        [(1.0, "MASTER"), (2.0, "BACKUP")],
    ),
    "dumps that are read after the end": (
        (dump(1.0), service(2.0, "down"), dump(2.1)),
        [(1.0, "MASTER"), (2.0, "STOP")],
    ),
    "a new process has said nothing": (
        (dump(1.0), service(2.0, "down"), service(2.5, "up"), dump(3.5)),
        [(1.0, "MASTER"), (2.0, "STOP"), (2.5, None), (3.5, "MASTER")],
    ),
    "a new process, which has notified": (
        (word(1.0), service(2.0, "down"), word(2.4, "BACKUP"), service(2.5, "up"), dump(3.5)),
        [(1.0, "MASTER"), (2.0, "STOP"), (2.4, "BACKUP")],
    ),
    "notified, then ended, then dumped": (
        (word(1.0), service(2.0, "down"), service(2.5, "up"), dump(3.5, "BACKUP")),
        [(1.0, "MASTER"), (2.0, "STOP"), (2.5, None), (3.5, "BACKUP")],
    ),
    "stopped, and goes on": ((dump(1.0), service(2.0, "stopped"), service(2.5, "up")), [(1.0, "MASTER")]),
    "a node that died and is there again": (
        (word(1.0), Unwired(ns(2.0), LB1), dump(3.0, "BACKUP")),
        [(1.0, "MASTER"), (2.0, None), (3.0, "BACKUP")],
    ),
    "of others": (
        (
            word(1.0), word(1.1, "BACKUP", node=LB2), word(1.2, "BACKUP", instance="other"), dump(1.3, node=LB2),
            service(1.4, "down", node=LB2), service(1.5, "down", name="haproxy"), Unwired(ns(1.6), LB2),
        ),
        [(1.0, "MASTER")],
    ),
    "dumps of another instance": ((dump(1.0, "BACKUP", instance="other"), dump(2.0)), [(2.0, "MASTER")]),
}  # fmt: skip


@pytest.mark.parametrize("events, expected", STATES.values(), ids=STATES.keys())
def test_states(events: Iterable[AnyEvent], expected: list[tuple[float, str | None]]) -> None:
    assert said(telling(*events)) == expected


def test_a_baseline_that_says_it_runs_changes_nothing() -> None:
    """Until then the state was unknown, and no other part contradicted it."""
    assert said(telling(dump(1.0), baseline=True)) == [(1.0, "MASTER")]


def advertising(*times: float, farewells: tuple[float, ...] = ()) -> list[tuple[float, bool | None]]:
    """What adverts of lb-ext-1 at these times say, 0.1 s being configured. The record begins at -2.0 s."""
    story = HistoryBuilder().mute(LB1, -2.0, 20.0)
    for t in times:
        story.event(story.advert(LB1, t, priority=0 if t in farewells else 100))
    history, step = story.judged()
    assert len(history.of(AdvertSeen)) == len(times)
    found = parts(history, step, history.topology.virtual_routers["external"], LB1).changes("adverts")
    return [(round((t - ns(0.0)) * NS, 9), sends) for t, sends in found]


@pytest.mark.parametrize("first, silent", [(-1.7, False), (-1.7 + NS, True)])
def test_three_adverts_that_are_missing_at_the_begin(first: float, *, silent: bool) -> None:
    began = [(-1.7, False)] if silent else []
    assert advertising(first, first + 0.1) == [
        *began, (round(first, 9), True), (round(first + 0.1 + NS, 9), None), (round(first + 0.4, 9), False),
    ]  # fmt: skip


def test_no_advert_at_all() -> None:
    assert advertising() == [(-1.7, False)]


def test_two_intervals_are_in_a_row_and_three_are_a_silence() -> None:
    """In between they say nothing: at the end of a record the last word stays for three intervals."""
    row = (-1.9, -1.7, -1.5)
    after = [(round(-1.5 + NS, 9), None), (-1.2, False)]
    assert advertising(*row) == [(-1.9, True), *after]
    row = (-1.9, -1.7 + NS, -1.5)
    assert advertising(*row) == [(-1.9, True), (round(-1.9 + NS, 9), None), (round(-1.7 + NS, 9), True), *after]
    row = (-1.9, -1.6, -1.5)
    assert advertising(*row) == [(-1.9, True), (round(-1.9 + NS, 9), None), (-1.6, True), *after]
    row = (-1.9, -1.6 + NS, -1.5)
    assert advertising(*row) == [
        (-1.9, True), (round(-1.9 + NS, 9), None), (-1.6, False), (round(-1.6 + NS, 9), True), *after,
    ]  # fmt: skip


def test_a_farewell_is_the_last_word() -> None:
    assert advertising(-1.9, -1.8, farewells=(-1.8,)) == [(-1.9, True), (-1.8, False)]


def contradictions(t: float, *, vip_set: bool, node: str = LB1, instance: str = "external") -> int:
    """lb-ext-1 has the VIP until 3.0 s and from 6.0 s on; a dump says otherwise, or not. 0.5 s are allowed."""
    story = HistoryBuilder().address(LB1, 3.0, present=False).address(LB1, 6.0, present=True)
    story.lag_ns = story.service_lag_ns = 0
    history, step = story.event(VrrpDump(ns(t), node, instance, "MASTER", vip_set=vip_set)).judged()
    return len(contradicted(history, step, history.topology.virtual_routers["external"], LB1))


@pytest.mark.parametrize(
    "t, vip_set, many",
    [
        (2.0, True, 0),
        (3.5 - NS, True, 0),
        (3.5, True, 1),
        (4.5, True, 1),
        (5.5 - NS, True, 1),
        (5.5, True, 0),
        (4.5, False, 0),
        (2.0, False, 1),
        (2.5 - NS, False, 1),
        (2.5, False, 0),
        (6.5 - NS, False, 0),
        (6.5, False, 1),
    ],
)
def test_the_kernel_must_contradict_a_dump_all_around(t: float, vip_set: bool, many: int) -> None:  # noqa: FBT001
    assert contradictions(t, vip_set=vip_set) == many


def test_what_was_read_late_contradicts_less() -> None:
    story = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1).event(dump(3.519))
    for lag_ms, many in ((10, 1), (20, 0)):
        story.lag_ns = lag_ms * ms
        history, step = story.judged()
        assert len(contradicted(history, step, history.topology.virtual_routers["external"], LB1)) == many


def test_a_dump_of_another_node_or_instance_contradicts_nothing() -> None:
    assert contradictions(4.5, vip_set=True, node=LB2) == 0
    assert contradictions(4.5, vip_set=True, instance="other") == 0


def test_the_parts_are_named() -> None:
    """Of several VIPs each by its address."""
    history, step = HistoryBuilder().judged()
    router = history.topology.virtual_routers["external"]
    assert set(parts(history, step, router, LB1).known()) == {"keepalived", "the VIP", "adverts"}
    history, step = HistoryBuilder(shape=several_vips()).judged()
    router = history.topology.virtual_routers["external"]
    several = {f"the VIP {vip.address}" for vip in router.owned}
    assert set(parts(history, step, router, LB1).known()) == {"keepalived", "adverts"} | several
