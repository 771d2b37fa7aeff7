"""One switch of a ring alone, message by message, to the nanosecond: what it hears and does, and when it is due."""

import pytest

from harness.model.rep import BEACON_NS, SETTLE_NS, Deed, Flush, RepSwitch, Say, Turn
from harness.model.rep_messages import ALTERNATE, FAILED, RepBlocked, RepChanged, RepHello
from harness.model.ring import Ring
from harness.model.units import ms, s

RING = Ring("ring", ("ab", "bc", "ca"), "ca.b", 300)
AGE, HELLO = RING.age_ns, RING.hello_ns
BEGUN = 1000 * s
OPEN, ALT = "ab.a", "ca.b"
BETTER = RepBlocked("ring", "b", "bc.a", FAILED, 2)


def switch(late_ns: int = 0) -> RepSwitch:
    """Of three: one port is open with the key 3, one is the alternate with 5."""
    return RepSwitch("a", RING, {OPEN: 3, ALT: 5}, BEGUN, late_ns)


def turns(deeds: list[Deed]) -> list[tuple[str, str]]:
    return [(deed.port, deed.role) for deed in deeds if isinstance(deed, Turn)]


def said(deeds: list[Deed], kind: type) -> list[str]:
    """The ports by which a message of this kind leaves."""
    return [deed.port for deed in deeds if isinstance(deed, Say) and isinstance(deed.message, kind)]


def ticked() -> RepSwitch:
    one = switch()
    one.tick(BEGUN)
    return one


def test_it_greets_its_neighbours_and_says_what_is_blocked_as_it_begins() -> None:
    one = switch()
    assert one.due_ns() <= BEGUN
    deeds = one.tick(BEGUN)
    assert (said(deeds, RepHello), said(deeds, RepBlocked)) == ([OPEN, ALT], [OPEN, ALT])
    assert turns(deeds) == []
    assert one.tick(BEGUN) == []


def test_a_hello_is_due_three_times_within_the_age_timer() -> None:
    one = ticked()
    assert one.due_ns() == BEGUN + HELLO
    assert one.tick(BEGUN + HELLO - 1) == []
    assert said(one.tick(BEGUN + HELLO), RepHello) == [OPEN, ALT]


def test_a_port_fails_when_its_neighbour_was_silent_for_the_age_timer() -> None:
    one = ticked()
    one.hears(ALT, RepHello("ring", heard=True), BEGUN + 1)
    assert turns(one.tick(BEGUN + AGE - 1)) == []
    deeds = one.tick(BEGUN + AGE)
    assert turns(deeds)[0] == (OPEN, "failed")
    assert deeds[0] == Turn(OPEN, "failed", "no hello for 300 ms")
    assert one.role(ALT) == "open"  # the failed port of its own is the better blocked one


def test_the_age_of_each_port_that_has_not_failed_is_due() -> None:
    one = ticked()
    one.hears(ALT, RepHello("ring", heard=True), BEGUN + 250 * ms)
    one.tick(BEGUN + 250 * ms)
    assert one.due_ns() == BEGUN + AGE
    one.stalled(40 * ms)  # silence while this machine did not run says nothing
    assert turns(one.tick(BEGUN + AGE + 40 * ms - 1)) == []
    assert turns(one.tick(BEGUN + AGE + 40 * ms))[0] == (OPEN, "failed")


def test_a_failed_port_says_so_again_before_hellos_are_due() -> None:
    one = ticked()
    one.lost_signal(OPEN, BEGUN + 10)
    assert one.due_ns() == BEGUN + 10 + BEACON_NS
    assert one.tick(BEGUN + 10 + BEACON_NS - 1) == []
    deeds = one.tick(BEGUN + 10 + BEACON_NS)
    assert deeds == [Say(ALT, RepBlocked("ring", "a", OPEN, FAILED, 3))]  # not by the port without a signal


def test_an_alternate_says_so_again_with_each_hello() -> None:
    one = ticked()
    assert said(one.tick(BEGUN + HELLO - 1), RepBlocked) == []
    deeds = one.tick(BEGUN + HELLO)
    assert Say(OPEN, RepBlocked("ring", "a", ALT, ALTERNATE, 5)) in deeds


@pytest.mark.parametrize(
    "told, opens",
    [
        (RepBlocked("ring", "b", "bc.a", FAILED, 2), True),  # whatever its key is
        (RepBlocked("ring", "b", "bc.a", ALTERNATE, 6), True),
        (RepBlocked("ring", "b", "bc.a", ALTERNATE, 5), False),
        (RepBlocked("ring", "b", "bc.a", ALTERNATE, 4), False),
        (RepBlocked("ring", "a", "ab.a", FAILED, 9), False),  # its own: it has gone around
    ],
)
def test_an_alternate_opens_for_a_better_blocked_port(told: RepBlocked, *, opens: bool) -> None:
    one = ticked()
    deeds = one.hears(OPEN, told, BEGUN + s)
    assert (one.role(ALT) == "open") is opens
    assert (Flush("ca.b opens") in deeds) is opens
    assert said(deeds, RepBlocked) == ([] if told.switch == "a" else [ALT])  # it goes on around the ring


def test_why_it_opens() -> None:
    failed, alternate = ticked(), ticked()
    assert Turn(ALT, "open", "bc.a has failed") in failed.hears(OPEN, BETTER, BEGUN + s)
    told = RepBlocked("ring", "b", "bc.a", ALTERNATE, 6)
    assert Turn(ALT, "open", "bc.a is the alternate") in alternate.hears(OPEN, told, BEGUN + s)


def test_a_new_alternate_ignores_better_ones_while_earlier_messages_are_under_way() -> None:
    assert ticked().hears(OPEN, BETTER, BEGUN + SETTLE_NS - 1) == [Say(ALT, BETTER)]
    assert turns(ticked().hears(OPEN, BETTER, BEGUN + SETTLE_NS)) == [(ALT, "open")]


def late(*heard_ns: int) -> RepSwitch:
    """An alternate that waits half a second, and hears of a failed port at these times after its begin."""
    one = switch(late_ns=500 * ms)
    for each in heard_ns:
        one.hears(OPEN, BETTER, BEGUN + each)
    return one


def test_a_late_alternate_waits_from_the_first_word_of_the_better_one() -> None:
    times = [s + each * ms for each in range(0, 500, 50)]
    assert (late(*times).role(ALT), late(*times, s + 500 * ms - 1).role(ALT)) == ("alternate", "alternate")
    assert (late(*times, s + 500 * ms).role(ALT), late(*times).deferred) == ("open", 10)


def test_it_waits_anew_after_two_hellos_without_a_word() -> None:
    steady = [s + each * 2 * HELLO for each in range(3)]
    assert late(*steady, s + 500 * ms).role(ALT) == "open"
    assert late(s, s + 2 * HELLO + 1, s + 400 * ms, s + 500 * ms).role(ALT) == "alternate"


def test_it_waits_anew_after_it_was_something_else() -> None:
    """What it heard as an earlier alternate says nothing of now."""
    one = late(*(s + each * ms for each in range(0, 450, 50)))
    one.lost_signal(ALT, BEGUN + s + 410 * ms)
    one.has_signal(ALT, BEGUN + s + 411 * ms)
    one.hears(ALT, RepHello("ring", heard=True), BEGUN + s + 412 * ms)
    assert one.role(ALT) == "alternate"
    for each in (500, 612):
        one.hears(OPEN, BETTER, BEGUN + s + each * ms)
    assert one.role(ALT) == "alternate"
    assert late(*(each * ms for each in range(0, 501, 100))).role(ALT) == "open"  # from its very first instant


def test_a_port_without_signal_says_nothing_and_fails_once() -> None:
    one = ticked()
    deeds = one.lost_signal(OPEN, BEGUN + s)
    assert turns(deeds) == [(OPEN, "failed"), (ALT, "open")]
    assert {deed.port for deed in deeds if isinstance(deed, Say)} == {ALT}
    assert one.lost_signal(OPEN, BEGUN + s + 1) == []
    assert said(one.tick(BEGUN + s + HELLO), RepHello) == [ALT]


def test_a_signal_that_was_never_lost_is_no_news() -> None:
    assert ticked().has_signal(OPEN, BEGUN + s) == []


def test_a_port_whose_signal_is_back_greets_again() -> None:
    one = ticked()
    one.lost_signal(OPEN, BEGUN + 10)
    one.has_signal(OPEN, BEGUN + 20)
    assert one.has_signal(OPEN, BEGUN + 21) == []
    assert said(one.tick(BEGUN + HELLO), RepHello) == [OPEN, ALT]


def test_after_the_repair_hellos_must_come_and_go() -> None:
    one = ticked()
    one.lost_signal(OPEN, BEGUN + 10)
    assert one.has_signal(OPEN, BEGUN + 20) == [Say(OPEN, RepHello("ring", heard=False))]
    assert one.role(OPEN) == "failed"
    heard = one.hears(OPEN, RepHello("ring", heard=False), BEGUN + 30)
    assert heard == [Say(OPEN, RepHello("ring", heard=True))]  # at once: the neighbour waits for it
    assert one.role(OPEN) == "failed"
    deeds = one.hears(OPEN, RepHello("ring", heard=True), BEGUN + 40)
    assert (turns(deeds), said(deeds, RepHello)) == ([(OPEN, "alternate")], [])
    assert deeds[0] == Turn(OPEN, "alternate", "its link is well again")


def test_the_first_hello_of_a_repaired_link_is_answered() -> None:
    one = ticked()
    one.lost_signal(OPEN, BEGUN + 10)
    one.has_signal(OPEN, BEGUN + 20)
    deeds = one.hears(OPEN, RepHello("ring", heard=True), BEGUN + 30)
    assert deeds[:2] == [Say(OPEN, RepHello("ring", heard=True)), Turn(OPEN, "alternate", "its link is well again")]


def test_a_neighbour_that_hears_nothing_makes_a_port_fail() -> None:
    deeds = ticked().hears(OPEN, RepHello("ring", heard=False), BEGUN + 10)
    assert deeds[0] == Turn(OPEN, "failed", "its neighbour hears no hello")
    assert Flush("ab.a has failed") in deeds


@pytest.mark.parametrize("silence, answered", [(AGE - 1, []), (AGE, [Say(OPEN, RepHello("ring", heard=True))])])
def test_a_hello_after_the_age_timer_is_answered_at_once(silence: int, answered: list[Deed]) -> None:
    assert ticked().hears(OPEN, RepHello("ring", heard=True), BEGUN + silence) == answered


def test_a_notice_goes_around_once_and_never_back_to_its_sender() -> None:
    one = ticked()
    first, again = RepChanged("ring", "b", 7), RepChanged("ring", "b", 8)
    assert one.hears(OPEN, first, BEGUN) == [Flush("a notice of b"), Say(ALT, first)]
    assert one.hears(ALT, first, BEGUN) == []
    assert one.hears(ALT, RepChanged("ring", "b", 6), BEGUN) == []
    assert one.hears(ALT, again, BEGUN) == [Flush("a notice of b"), Say(OPEN, again)]
    assert one.hears(OPEN, RepChanged("ring", "a", 9), BEGUN) == []
    assert one.hears(OPEN, RepChanged("ring", "c", 1), BEGUN)[0] == Flush("a notice of c")  # each counts its own


def numbers(deeds: list[Deed]) -> set[int]:
    return {deed.message.number for deed in deeds if isinstance(deed, Say) and isinstance(deed.message, RepChanged)}


def test_notices_are_greater_than_those_of_an_earlier_process() -> None:
    """They go by the time, and two of one instant differ."""
    one = switch()
    assert numbers(one.lost_signal(OPEN, BEGUN)) == {BEGUN + 1}
    assert numbers(one.lost_signal(ALT, BEGUN)) == set()  # no port has a signal to say it by
    later = switch()
    assert numbers(later.lost_signal(OPEN, BEGUN + s)) == {BEGUN + s, BEGUN + s + 1}
