"""REP as a machine: one blocked port at any time, found again after any fault, and nothing reverts by itself."""

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from harness.model.rep import SETTLE_NS, RepSwitch, Say, Turn
from harness.model.rep_messages import RepHello
from harness.model.ring import Ring
from harness.model.units import ms
from tests.rep_ring import ENDS, TRUNKS, SimulatedRing

SLOWEST_MS = 60
SETTLED_MS = 3 * 300 + 4 * SETTLE_NS // ms

FAULT = st.tuples(
    st.sampled_from(("down", "up", "silent", "speaks")), st.sampled_from(sorted(ENDS)), st.integers(0, 900)
)


def quick() -> SimulatedRing:
    return SimulatedRing(lambda: ms)


def test_a_sound_ring_keeps_its_alternate() -> None:
    ring = quick()
    ring.pass_ms(5_000)
    assert (ring.blocked(), ring.turns, ring.flushes) == (["ca.b"], [], [])


def test_loss_of_signal_opens_the_alternate_at_once_and_every_switch_forgets() -> None:
    ring = quick()
    ring.pass_ms(1_000)
    begun = ring.now
    ring.set_down("ab", down=True)
    ring.pass_ms(20)
    assert {end: role for end, role in ring.roles().items() if role != "open"} == {"ab.a": "failed", "ab.b": "failed"}
    assert max(t - begun for t, _ in ring.turns) <= 5 * ms
    assert {switch for _, switch in ring.flushes} == set("abc")


@pytest.mark.parametrize("silent", [("ab.a", "ab.b"), ("ab.a",), ("ab.b",)])
def test_silence_is_noticed_by_age_alone(silent: tuple[str, ...]) -> None:
    """Also in one direction: the end that hears nothing tells its neighbour, by its other ways and by its hellos."""
    ring = quick()
    ring.pass_ms(1_000)
    begun = ring.now
    ring.silent = set(silent)
    ring.pass_ms(150)
    assert not ring.turns
    ring.pass_ms(300)
    (opened,) = [t - begun for t, turn in ring.turns if turn == Turn("ca.b", "open", turn.why)]
    assert 200 * ms <= opened <= 305 * ms
    assert ring.roles()["ab.a"] == ring.roles()["ab.b"] == "failed"


def test_after_the_repair_the_recovered_port_is_the_alternate_and_nothing_reverts() -> None:
    ring = quick()
    ring.pass_ms(1_000)
    ring.set_down("ab", down=True)
    ring.pass_ms(1_000)
    ring.set_down("ab", down=False)
    ring.pass_ms(SETTLED_MS)
    (alternate,) = ring.blocked()
    assert (alternate.partition(".")[0], ring.least) == ("ab", 1)
    ring.pass_ms(60_000)
    assert ring.blocked() == [alternate]


def test_a_blip_shorter_than_the_age_timer_changes_nothing() -> None:
    """So a silent blip of 0.8 s, as on June 13, does not reach a ring with IOS's 5 s."""
    ring = SimulatedRing(lambda: ms, age_ms=5_000)
    ring.pass_ms(10_000)
    ring.silent = {"ab.a", "ab.b"}
    ring.pass_ms(800)
    ring.silent = set()
    ring.pass_ms(20_000)
    assert not ring.turns


def test_an_alternate_that_is_late_opens_later_and_not_if_the_cause_is_gone() -> None:
    ring = quick()
    ring.switches["a"].late_ns = 700 * ms
    ring.pass_ms(1_000)
    begun = ring.now
    assert ring.switches["a"].deferred == 0
    ring.set_down("bc", down=True)
    ring.pass_ms(650)
    assert "ca.b" in ring.blocked()
    assert ring.switches["a"].deferred > 0
    ring.pass_ms(150)
    (opened,) = [t - begun for t, turn in ring.turns if turn.port == "ca.b"]
    assert 700 * ms <= opened <= 760 * ms


def test_being_late_begins_anew_with_each_cause() -> None:
    ring = quick()
    ring.switches["a"].late_ns = 700 * ms
    for _ in range(3):
        ring.pass_ms(1_000)
        ring.set_down("ab", down=True)
        ring.pass_ms(300)
        ring.set_down("ab", down=False)
    assert not [turn for _, turn in ring.turns if turn.port == "ca.b" and turn.role == "open"]


def test_a_hello_says_whether_the_neighbour_was_heard() -> None:
    switch = RepSwitch("a", Ring("ring", tuple(TRUNKS), "ca.b", 300), {"ab.a": 0, "ca.b": 5}, 0)
    heard = {deed.message for deed in switch.tick(100 * ms) if isinstance(deed, Say)}
    assert RepHello("ring", heard=True) in heard
    switch.lost_signal("ab.a", 110 * ms)
    assert switch.has_signal("ab.a", 200 * ms) == [Say("ab.a", RepHello("ring", heard=False))]


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(FAULT, max_size=10), st.randoms(use_true_random=False))
def test_there_is_always_a_blocked_port_and_in_the_end_one(faults: list[tuple[str, str, int]], random: Random) -> None:
    """Whatever fails, in any order, with messages of up to 60 ms: zero blocked ports would be a storm."""
    ring = SimulatedRing(lambda: random.randint(0, SLOWEST_MS * ms))
    ring.pass_ms(500)
    for kind, end, pause in faults:
        trunk = end.partition(".")[0]
        if kind in ("down", "up"):
            ring.set_down(trunk, down=kind == "down")
        else:
            (ring.silent.add if kind == "silent" else ring.silent.discard)(end)
        ring.pass_ms(pause)
    assert ring.least >= 1
    ring.silent.clear()
    for trunk in tuple(ring.down):
        ring.set_down(trunk, down=False)
    ring.pass_ms(SETTLED_MS)
    assert list(ring.roles().values()).count("alternate") == 1
    assert "failed" not in ring.roles().values()
    assert ring.least >= 1
