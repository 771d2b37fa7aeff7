"""One verdict from what was tried: what is missing never counts as held."""

import pytest

from harness.busyness import Busyness
from harness.gate.battery import AT_REST
from harness.gate.report import Tried
from harness.gate.run import unless_busy
from harness.gate.verdict import exposed, verdict


def tried(name: str, said: str = "held", failure: str = "", *, decides: bool = True) -> Tried:
    return Tried(name, name, "none", decides, said, 1, int(said == "failed"), 1.0, "", {}, failure)  # type: ignore[arg-type]


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
    assert verdict(found, probed=True)[0] == word


def test_a_pair_that_serves_nobody_at_rest_is_unsafe_if_the_site_said_what_to_ask() -> None:
    rest = [tried(AT_REST, "failed", UNSERVED)]
    assert verdict(rest, probed=True)[0] == "UNSAFE"
    word, sentence = verdict(rest, probed=False)
    assert word == "INCONCLUSIVE"
    assert "probe =" in sentence


def test_two_owners_at_rest_are_the_pair_s_own() -> None:
    both = "Pair not steady after 40 s: 192.0.2.10 is owned by lb1 and lb2 instead of lb1; customer-1 is served 0 times"
    assert verdict([tried(AT_REST, "failed", both)], probed=False)[0] == "UNSAFE"


def test_what_our_servers_cannot_answer_is_ours() -> None:
    word, sentence = verdict([tried(AT_REST, "failed", UNSERVED)], probed=True, unsupported=["haproxy.cfg:9: FastCGI"])
    assert word == "INCONCLUSIVE"
    assert "haproxy.cfg:9: FastCGI" in sentence


def test_what_does_not_decide_is_listed() -> None:
    found = [REST, tried("hung", "failed", "it was down", decides=False), tried("freeze", "failed", "down")]
    assert exposed(found) == ("hung: it was down",)


@pytest.mark.parametrize(
    "said, waited, verdict_then", [("failed", 0.9, "not measured"), ("failed", 0.1, "failed"), ("held", 0.9, "held")]
)
def test_a_failure_on_a_busy_machine_is_not_the_pair_s(said: str, waited: float, verdict_then: str) -> None:
    found = unless_busy(tried("power-cut", said, "down"), Busyness(0.0, waited, 0.5))
    assert found.verdict == verdict_then
    assert ("too busy" in found.failure) == (verdict_then == "not measured")
