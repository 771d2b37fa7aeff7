"""A line that keepalived clears is no remedy: the search tries what would run, not what would be written."""

import pytest
from msgspec.structs import replace

from harness.search.remedy import REMEDIES, Remedy
from harness.simulation.settings import Settings, settings_of
from tests.lint_pairs import conf

STRICT = "global_defs {\nvrrp_strict\n}\n"


def remedy(begin: str) -> Remedy:
    return next(each for each in REMEDIES if each.line.startswith(begin))


def changed(begin: str, text: str) -> Settings | None:
    """As the line leaves it; None if it changes nothing."""
    (before,) = settings_of(text)
    after = remedy(begin).change(before)
    return None if after == before else after


@pytest.mark.parametrize("begin", ["nopreempt", "preempt_delay"])
def test_a_node_that_begins_as_master_waits_for_nothing(begin: str) -> None:
    """*nopreempt will not work with initial state MASTER - clearing*, and the same of preempt_delay."""
    assert changed(begin, conf(150, more="state MASTER")) is None
    assert changed(begin, conf(150, more="state BACKUP")) is not None


def test_an_address_owner_preempts_always() -> None:
    assert changed("nopreempt", conf(255)) is None


@pytest.mark.parametrize("begin", ["vrrp_higher_prio_send_advert", "preempt_delay", "vrrp_lower_prio_no_advert"])
def test_strict_mode_decides_these_itself(begin: str) -> None:
    assert changed(begin, STRICT + conf(150)) is None
    assert changed(begin, STRICT + conf(150, more="strict_mode off")) is not None
    assert changed(begin, conf(150)) is not None


def test_nopreempt_leaves_no_delay() -> None:
    assert changed("preempt_delay", conf(150, more="nopreempt")) is None


def test_a_strict_master_does_not_answer_a_lower_one() -> None:
    (strict,) = settings_of(STRICT + conf(150))
    (usual,) = settings_of(conf(150))
    assert (strict.lower_prio_no_advert, usual.lower_prio_no_advert) == (True, False)
    assert replace(strict, strict=False, lower_prio_no_advert=False) == usual


@pytest.mark.parametrize("value, quiet", [("", True), ("true", True), ("false", False)])
def test_a_flag_of_global_defs_may_be_false(value: str, *, quiet: bool) -> None:
    (one,) = settings_of(f"global_defs {{\nvrrp_lower_prio_no_advert {value}\n}}\n" + conf(150))
    assert one.lower_prio_no_advert == quiet
