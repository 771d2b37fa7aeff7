"""Which line ends what a model foresees of a gate: within the same bound, and no other test fails with it."""

import pytest
from msgspec.structs import replace

from harness.gate.battery import GateTest
from harness.gate.prepare import Wish, prepare
from harness.model.units import s
from harness.search import gate_battery, gate_remedies, gate_test
from harness.search.gate_battery import foretell
from harness.search.gate_remedies import _remedies, _Trying
from harness.search.remedy import REMEDIES, Remedy
from harness.search.subject import of_site
from harness.simulation.settings import Settings
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded

WIKI = recorded("wiki-minimal")
PREPARED, SUBJECT = prepare(WIKI, Wish()), of_site("wiki-minimal", WIKI)
TESTS = {test.name: test for test in PREPARED.tests}


@pytest.fixture(autouse=True)
def few_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends it does so in each: a quarter of them shows that."""
    monkeypatch.setattr(gate_test, "ADVERTS", 4)


def ends(name: str, remedy: Remedy, *held: GateTest, until: float = float("inf")) -> bool:
    return _Trying(SUBJECT, list(held), until).ends(TESTS[name], remedy)


def remedy(begin: str) -> Remedy:
    return next(
        each for each in (*_remedies(SUBJECT, PREPARED, TESTS["thaw"]), *REMEDIES) if each.line.startswith(begin)
    )


def test_what_ends_a_freeze_that_thaws_is_told_from_what_does_not() -> None:
    assert ends("thaw", remedy("garp_master_refresh 1"), TESTS["power-cut"])
    assert not ends("thaw", remedy("garp_master_refresh 10"))  # after 10 s: later than is allowed
    assert not ends("thaw", remedy("vrrp_lower_prio_no_advert"))


def test_slower_timers_end_nothing_within_the_bound() -> None:
    assert not ends("thaw", remedy("down_timer_adverts"), TESTS["power-cut"])


def test_without_time_nothing_is_known_to_end_it() -> None:
    assert not ends("thaw", remedy("garp_master_refresh 1"), until=0)


def test_a_line_that_fails_another_test_ends_nothing() -> None:
    tight = TESTS["power-cut"]
    tight = tight._replace(bound=replace(tight.bound, ns=s))
    assert not ends("thaw", remedy("garp_master_refresh 1"), tight)


@pytest.mark.parametrize("state, usable", [("MASTER", False), ("BACKUP", True)])
def test_a_line_that_keepalived_would_clear_is_not_named(state: str, usable: bool) -> None:  # noqa: FBT001 - a parameter
    pair = two(confs=(conf(101, more=f"state {state}"), conf(100)))
    found = [each.line for each in _remedies(of_site("texts", pair), prepare(pair, Wish()), TESTS["thaw"])]
    assert any(line.startswith("nopreempt") for line in found) == usable
    assert len([line for line in found if line.startswith("garp_master_refresh")]) == 1


def test_it_is_told_beside_what_was_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_battery, "REMEDY_S", 600)  # on a slow machine too
    monkeypatch.setattr(gate_remedies, "REMEDIES", ())
    wish = Wish(only=("thaw",))
    found = foretell("wiki-minimal", prepare(WIKI, wish), wish, seconds=600)
    assert found.told.tests[0].worst.ended_by[0] == "garp_master_refresh 1 (vrrp_instance)"
    assert any(
        line.startswith("thaw: on the model one of these lines ends it: garp_master") for line in found.told.lines
    )


@pytest.mark.parametrize(
    "site, name, ends",
    [
        ("forum-no-check", "haproxy-killed", ["a vrrp_script that asks HAProxy"]),
        ("forum-no-check", "haproxy-hung", ["a vrrp_script that asks HAProxy"]),
        ("clinic-small-weight", "haproxy-killed", ["a vrrp_script that asks HAProxy", "no weight"]),
        ("market-weight-nopreempt", "haproxy-killed", ["a vrrp_script that asks HAProxy", "no weight", "no nopreempt"]),
    ],
)
def test_what_ends_a_failure_of_haproxy_is_told_as_a_search_tells_it(
    monkeypatch: pytest.MonkeyPatch, site: str, name: str, ends: list[str]
) -> None:
    """The bound of a pair without a check is no bound of a check: one that needs longer ends it all the same."""
    monkeypatch.setattr(gate_battery, "REMEDY_S", 600)
    monkeypatch.setattr(gate_test, "CHECKED", 2)
    monkeypatch.setattr(gate_test, "lengths", lambda *_, **__: ())
    wish = Wish(only=(name,))
    found = foretell(site, prepare(recorded(site), wish), wish, seconds=600).told.tests[0].worst
    assert found.fails
    assert [next((end for end in ends if line.startswith(end)), line) for line in found.ended_by] == ends


def test_a_line_that_moves_the_addresses_from_the_start_ends_nothing() -> None:
    """Then the fault meets a node that has none."""

    def change(one: Settings) -> Settings:
        return replace(one, vrrp=replace(one.vrrp, priority=255 - one.vrrp.priority))

    assert not ends("power-cut", Remedy("the other one first", change))
