"""One verdict from what was tried: what is missing never counts as held."""

import pytest
from msgspec import structs

from harness import faults
from harness.busyness import Busyness
from harness.gate.attempt import Attempt, failures_of, unless_busy
from harness.gate.battery import AT_REST, AT_REST_ALLOWED, GateTest
from harness.gate.report import Tried
from harness.gate.rest import FailingCheck, Rest
from harness.gate.run import explained, unless_undecided
from harness.gate.verdict import exposed, verdict
from harness.model.outcome import StepOutcome, TrialOutcome


def tried(name: str, said: str = "held", failure: str = "", *, decides: bool = True) -> Tried:
    return Tried(name, name, "none", decides, said, 1, int(said == "failed"), 1.0, "", {}, failure)  # type: ignore[arg-type]


VIP = "192.0.2.10"
REST = tried(AT_REST)
UNSERVED = "Pair not steady after 40 s: customer-1 is served 0 times of 40 (mostly 403)."


@pytest.mark.parametrize(
    "found, word",
    [
        ([REST, tried("power-cut")], "SAFE"),
        ([REST, tried("power-cut"), tried("freeze", "failed", "it was down")], "UNSAFE"),
        ([REST, tried("power-cut"), tried("freeze", "not measured", "late")], "INCONCLUSIVE"),
        ([REST, tried("power-cut", "not measured"), tried("freeze", "failed", "down")], "UNSAFE"),
        ([REST, tried("power-cut"), tried("hung", "failed", "down", decides=False)], "SAFE"),
        ([REST, tried("power-cut"), tried("hung", "not measured", decides=False)], "SAFE"),
        ([REST], "INCONCLUSIVE"),
        ([], "INCONCLUSIVE"),
        ([tried(AT_REST, "not measured", "late")], "INCONCLUSIVE"),
        ([REST, tried("hung", decides=False)], "INCONCLUSIVE"),
    ],
)
def test_verdicts(found: list[Tried], word: str) -> None:
    assert verdict(found, questions={VIP: True})[0] == word


CUT = GateTest("power-cut", "the node loses its power", faults.power_cut("lb1"), "takeover", AT_REST_ALLOWED, 1)
STEP = StepOutcome("power-cut", "", 1.0, None, {}, {})


def test_a_pair_that_does_not_come_to_rest_fails_by_what_was_broken_before() -> None:
    """The second trial comes after the first one of the same test; at rest nothing was broken."""
    unsteady, down = (TrialOutcome(True, (), steps, failure=UNSERVED) for steps in ((), (STEP,)))
    held = TrialOutcome(True, (), (STEP,))
    assert failures_of([unsteady, held], CUT, "HAProxy hangs") == [f"HAProxy hangs; after that is undone: {UNSERVED}"]
    assert failures_of([held, unsteady], CUT, "") == [f"the node loses its power; after that is undone: {UNSERVED}"]
    assert failures_of([down], CUT, "HAProxy hangs") == [UNSERVED]
    assert failures_of([unsteady], CUT, "") == [UNSERVED]


@pytest.mark.parametrize(
    "decides, inherited, word", [(False, 1, "not measured"), (True, 1, "failed"), (False, 0, "failed")]
)
def test_what_a_test_that_does_not_decide_leaves_behind_fails_no_other(
    decides: bool,  # noqa: FBT001 - a parameter of the test
    inherited: int,
    word: str,
) -> None:
    seen = Attempt(tried("link-down", "failed", UNSERVED), 1, inherited=inherited)
    assert unless_undecided(seen, CUT._replace(decides=decides)).verdict == word
    assert unless_undecided(seen, None).verdict == "failed"


def test_a_test_that_the_budget_dropped_is_missing() -> None:
    found = [REST, tried("haproxy-killed")]
    late = ("power-cut", "freeze")
    assert verdict(found, questions={}, late=late) == ("INCONCLUSIVE", "the budget has no time for power-cut, freeze")
    failed = [REST, tried("haproxy-killed", "failed", "it was down")]
    assert verdict(failed, questions={}, late=late)[0] == "UNSAFE"


def test_of_tests_that_were_asked_for_by_name_the_sentence_says_which() -> None:
    word, sentence = verdict([REST, tried("haproxy-killed"), tried("freeze")], questions={}, only=True)
    assert word == "SAFE"
    assert "survived haproxy-killed, freeze within" in sentence
    assert "nothing else was asked for" in sentence


def test_a_site_s_own_bounds_are_named() -> None:
    asked = structs.replace(tried("freeze"), formula="peer_dead in bounds of pair.toml + 10% and 0.5 s to measure it")
    assert verdict([REST, asked], questions={}) == ("SAFE", "the pair survived 1 failure within what pair.toml allows")
    assert verdict([REST, tried("freeze")], questions={})[1].endswith("within its own timers")


def at_rest(seen: Rest | None, *, probed: bool, unsupported: tuple[str, ...] = ()) -> tuple[str, str]:
    rest = structs.replace(tried(AT_REST, "failed", UNSERVED), rest=seen)
    return verdict([rest], questions={VIP: probed, "customer-1": probed}, unsupported=unsupported)


GATEWAY = FailingCheck("lb1", "gw", "it asks 192.0.2.1")
MADE_BY_HAND = FailingCheck("lb1", "maintenance", "it looks at a file that an operator makes", operator=True)
OWN = FailingCheck("lb1", "page", "")
IN_PLACE = Rest({VIP: ("lb1",)}, {VIP: "lb1"})
NOWHERE = Rest({VIP: ()}, {VIP: "lb1"}, in_fault=(("lb1", "web"), ("lb2", "web")))
DOUBLED = Rest({VIP: ("lb1", "lb2")}, {VIP: "lb1"})


@pytest.mark.parametrize(
    "seen, probed, unsupported, word, told",
    [
        (IN_PLACE, True, (), "UNSAFE", UNSERVED),
        (IN_PLACE, False, (), "INCONCLUSIVE", "probe ="),
        (IN_PLACE, True, ("haproxy.cfg:9: FastCGI",), "INCONCLUSIVE", "haproxy.cfg:9: FastCGI"),
        (DOUBLED, False, ("haproxy.cfg:9: FastCGI",), "UNSAFE", UNSERVED),
        (structs.replace(DOUBLED, failing=(GATEWAY,)), False, (), "UNSAFE", UNSERVED),
        (NOWHERE, True, (), "INCONCLUSIVE", "web of lb1 is in FAULT on the lab, and no check of lb1 fails"),
        (structs.replace(NOWHERE, failing=(GATEWAY,)), True, (), "INCONCLUSIVE", "gw of lb1 fails on the lab: it asks"),
        (structs.replace(NOWHERE, failing=(OWN,), in_fault=()), False, (), "UNSAFE", "page of lb1 fails on the lab."),
        (structs.replace(NOWHERE, failing=(MADE_BY_HAND,)), True, (), "INCONCLUSIVE", "an operator makes"),
        (structs.replace(IN_PLACE, failing=(MADE_BY_HAND,)), True, (), "UNSAFE", UNSERVED),
        (structs.replace(IN_PLACE, owners={VIP: ("lb2",)}), False, (), "UNSAFE", UNSERVED),
        (structs.replace(IN_PLACE, untold=("lb2",)), True, (), "INCONCLUSIVE", "lb2 does not tell"),
        (None, True, (), "INCONCLUSIVE", "is not known"),
    ],
)
def test_what_the_lab_shows_at_rest_decides(
    seen: Rest | None,
    probed: bool,  # noqa: FBT001 - a parameter of the test
    unsupported: tuple[str, ...],
    word: str,
    told: str,
) -> None:
    found, sentence = at_rest(seen, probed=probed, unsupported=unsupported)
    assert found == word
    assert told in sentence


@pytest.mark.parametrize(
    "failure, word",
    [
        (UNSERVED, "UNSAFE"),
        (UNSERVED.replace("customer-1", "customer-2"), "INCONCLUSIVE"),
        (f"{VIP} is not served any more: nothing is broken", "UNSAFE"),
        (f"{VIP}0 is not served any more.", "INCONCLUSIVE"),
        ("customer-1 is served 0 times, customer-2 is served 0 times", "INCONCLUSIVE"),
        ("somebody is not served", "INCONCLUSIVE"),
    ],
)
def test_a_probe_of_one_vip_tells_nothing_of_what_another_one_is_asked(failure: str, word: str) -> None:
    """A wrong guess at the second VIP gets 403 from a sound pair."""
    rest = structs.replace(tried(AT_REST, "failed", failure), rest=IN_PLACE)
    asked = {VIP: True, "customer-1": True, f"{VIP}0": False, "customer-2": False}
    assert verdict([rest], questions=asked)[0] == word


@pytest.mark.parametrize("probed", [True, False])
def test_a_pair_that_redirects_its_customers_answers_them(probed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Seen: ``probe = ["http://…"]`` of a pair that redirects to TLS was UNSAFE before any fault."""
    failed = tried(AT_REST, "failed", UNSERVED.replace("403", "302"))
    asked = {VIP: probed, "customer-1": probed}
    word, said = verdict([structs.replace(failed, rest=IN_PLACE)], questions=asked)
    assert word == "INCONCLUSIVE"
    assert "The pair redirects that question." in said
    assert verdict([structs.replace(failed, rest=DOUBLED)], questions=asked)[0] == "UNSAFE"


@pytest.mark.parametrize(
    "failing, said",
    [
        ((GATEWAY,), "not measured"),
        ((OWN,), "held"),
        ((structs.replace(GATEWAY, operator=True),), "held"),
        ((), "held"),
    ],
)
def test_a_pair_that_rests_while_a_check_cannot_succeed_here_is_not_measured(
    failing: tuple[FailingCheck, ...], said: str
) -> None:
    found = explained(REST, structs.replace(IN_PLACE, failing=failing))
    assert found.verdict == said
    assert found.rest


def test_a_pair_that_rests_while_a_node_does_not_tell_its_state_is_not_measured() -> None:
    found = explained(REST, structs.replace(IN_PLACE, untold=("lb2",)))
    assert (found.verdict, found.failure) == ("not measured", "keepalived of lb2 does not tell its state.")


def test_what_was_asked_for_beside_is_named_below_safe() -> None:
    found = [REST, tried("freeze"), tried("thaw", "failed", "it was down", decides=False)]
    said = "the pair survived freeze within its own timers; thaw decides nothing"
    assert verdict(found, questions={}, only=True) == ("SAFE", said)


def test_further_failures_are_counted_behind_the_first() -> None:
    failed = [tried(name, "failed", f"{name}: down") for name in ("power-cut", "link-down", "freeze")]
    assert verdict([REST, *failed[:2]], questions={}) == ("UNSAFE", "power-cut: down (1 more test failed)")
    assert verdict([REST, *failed], questions={})[1] == "power-cut: down (2 more tests failed)"


def test_a_fault_that_does_not_decide_was_tried_all_the_same() -> None:
    found = [REST, tried("thaw", "failed", "it was down", decides=False)]
    assert verdict(found, questions={}, only=True) == (
        "INCONCLUSIVE",
        "nothing that decides was tried, thaw alone",
    )
    busy = tried("overload", "not measured", "the machine was too busy", decides=False)
    assert verdict([REST, busy], questions={}, only=True)[1] == "overload was not measured: the machine was too busy"


def test_what_does_not_decide_is_listed() -> None:
    found = [REST, tried("hung", "failed", "it was down", decides=False), tried("freeze", "failed", "down")]
    assert exposed(found) == ("hung: it was down",)


def test_the_cause_is_said_once() -> None:
    seen = structs.replace(tried("hung", "failed", f"hung: 6.5 s later {VIP} is not served", decides=False))
    assert exposed([seen]) == (seen.failure,)


@pytest.mark.parametrize(
    "said, waited, verdict_then",
    [
        ("failed", 0.9, "not measured"),
        ("failed", 0.1, "failed"),
        ("held", 0.9, "held"),
        ("not measured", 0.9, "not measured"),
    ],
)
def test_a_failure_on_a_busy_machine_is_not_the_pair_s(said: str, waited: float, verdict_then: str) -> None:
    found = unless_busy(tried("power-cut", said, "down"), Busyness(0.0, waited, 0.5))
    assert found.verdict == verdict_then
    assert ("too busy" in found.failure) == (verdict_then == "not measured")


@pytest.mark.parametrize("waited, verdict_then", [(0.9, "not measured"), (0.1, "held")])
def test_after_a_failure_on_a_busy_machine_a_trial_that_holds_counts_on_a_quiet_one(
    waited: float, verdict_then: str
) -> None:
    """Else a pair that fails half of its trials is tried until it holds."""
    held = structs.replace(tried("power-cut"), spoilt=("the machine was too busy (…); seen: it was down",))
    found = unless_busy(held, Busyness(0.0, waited, 0.5))
    assert found.verdict == verdict_then
    assert ("it held, after the machine" in found.failure) == (verdict_then == "not measured")


def test_that_the_machine_was_too_busy_is_said_once() -> None:
    said = "the machine was too busy (its own processes …); seen: it was down"
    assert unless_busy(tried("power-cut", "not measured", said), Busyness(0.0, 0.9, 0.5)).failure == said
