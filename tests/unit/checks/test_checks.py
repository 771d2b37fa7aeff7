"""The folder is the registry."""

from pathlib import Path

import pytest

from harness import checks
from harness.checks import _check
from harness.model.outcome import Instant
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
    """What is told of a check without running it. Only the files need no evidence but the step itself."""
    assert [kind.name for kind in checks.no_stale_arp.needs] == [
        "addresses", "ARP frames", "ARP entries", "forwarding tables",
    ]  # fmt: skip
    assert [kind.name for kind in checks.session_limit_reached.needs_to_hold] == ["HAProxy samples"]
    assert [c.name for c in checks.ALL.values() if not (c.needs or c.needs_to_hold)] == ["configurations_agree"]


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
