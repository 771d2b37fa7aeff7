"""The folder is the registry."""

import re
from pathlib import Path
from typing import NoReturn

import pytest

from harness import checks
from harness.checks import _check
from harness.checks._evidence import Evidence
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import VirtualRouter
from tests.histories import HistoryBuilder, june_13

HERE = Path(__file__).parent


def test_every_file_is_a_check() -> None:
    files = {path.stem for path in Path(checks.__file__).parent.glob("*.py") if not path.stem.startswith("_")}
    assert files == set(checks.ALL)


@pytest.mark.parametrize("name", sorted(checks.ALL))
def test_every_check_names_itself_and_has_a_test(name: str) -> None:
    check = checks.ALL[name]
    finding = check(*HistoryBuilder().judged())
    assert finding.name == name == check.name
    assert finding.sentence.endswith(".")
    assert len(check.invariant) > 20
    assert (HERE / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", sorted(checks.ALL))
def test_every_violation_shows_an_instant(name: str) -> None:
    finding = checks.ALL[name](*june_13().judged())
    assert not finding.violated or finding.instants


def test_needs_are_data() -> None:
    """What a check declares. Only `configurations_agree` needs no evidence but the step itself."""
    assert [kind.name for kind in checks.no_stale_arp.needs] == [
        "addresses", "ARP frames", "ARP entries", "forwarding tables",
    ]  # fmt: skip
    assert [kind.name for kind in checks.session_limit_reached.needs_to_hold] == ["HAProxy samples"]
    assert [c.name for c in checks.ALL.values() if not (c.needs or c.needs_to_hold)] == ["configurations_agree"]


@pytest.mark.usefixtures("errors_are_said")
def test_an_error_in_a_check_is_said_and_ends_no_test() -> None:
    """An error at one router: violations at the others are still found."""

    @_check.check_routers()
    def careless(history: History, step: Step, router: VirtualRouter) -> Finding:
        """Asks for an advert where there may be none, which it should not do."""
        return _check.holds(
            str(history.adverts((router.segment,), router.vrid, Interval(0, step.ends_ns - step.ends_ns))[0])
        )

    finding = careless(*HistoryBuilder().judged())
    assert finding.inconclusive
    assert finding.name == "careless"
    assert re.fullmatch(
        r"The check itself failed, in test_checks\.py, line \d+: IndexError: list index out of range\.",
        finding.sentence,
    )


@pytest.mark.usefixtures("errors_are_said")
def test_an_error_where_evidence_is_looked_for_is_said_too() -> None:
    def fails(*_: object) -> NoReturn:
        raise KeyError("lb-ext-9")

    @_check.check(needs=(Evidence("broken", (), (), fails),))
    def unfounded(history: History, step: Step) -> Finding:
        """Is never called, because evidence is missing."""
        return _check.holds("x.")

    assert "The check itself failed" in unfounded(*HistoryBuilder().judged()).sentence


def test_unknown_check() -> None:
    with pytest.raises(AttributeError, match=r"no check 'no_stale_arps'\. Did you mean 'no_stale_arp'\?"):
        _ = checks.no_stale_arps


def test_worst_verdict_wins_and_inconclusive_is_no_hold() -> None:
    fine, unclear, bad = (f("x.", [Instant(1, "i")]) for f in (_check.holds, _check.inconclusive, _check.violated))
    assert _check.worst([fine, unclear]).inconclusive
    assert _check.worst([unclear, bad, fine]).violated
    assert _check.worst([]).inconclusive
    idle = _check.not_applicable("x.")
    assert _check.worst([idle, fine]).holds
    assert _check.worst([idle, unclear]).inconclusive
    assert _check.worst([idle, idle]).not_applicable
    assert not idle.holds
    assert not unclear.holds


def test_no_more_than_twenty_instants_are_shown() -> None:
    """The first ones, in order of time, of all findings together."""
    found = [_check.violated("x.", [Instant(t, "i") for t in range(first, 30, 2)]) for first in (1, 0)]
    assert [instant.t_ns for instant in _check.worst(found).instants] == list(range(20))


def test_a_check_without_a_docstring_promises_nothing() -> None:
    def silent(history: History, step: Step) -> Finding:
        return _check.holds(f"{len(history.events)} events since {step.began_ns}.")

    assert _check.check()(silent).invariant == ""


def test_the_invariant_is_the_docstrings_first_line() -> None:
    assert checks.transitions.invariant == (
        "Mastership changes no more often than the faults that touch the pair can explain."
    )
    assert checks.no_failover_by_overload.invariant == "A full frontend does not move the VIP."


def test_bounds_that_differ_are_all_told() -> None:
    found = [_check.holds("a.", (), "1 s"), _check.holds("b.", (), "2 s"), _check.holds("c.", (), "1 s")]
    assert _check.worst(found).bound == "1 s; 2 s"
