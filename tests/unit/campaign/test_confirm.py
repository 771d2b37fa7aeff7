"""`harness search --confirm`: what is tried on the lab, and what a result is worth."""

from pathlib import Path

import pytest

from harness.campaign.carry_out import pairs
from harness.campaign.changed import with_line
from harness.campaign.confirm import Confirmation, Confirmed, variants
from harness.campaign.schedules import parse, text
from harness.lab import compose
from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.search.mechanism import kind, mechanism
from harness.search.remedy import REMEDIES, Remedy
from harness.search.subject import of_configuration

QUICK = "advert-100ms"
PAIR = pairs()(QUICK)
FROZEN = parse("freeze lb-ext-1 for 350ms, 50ms after an advert", PAIR.words)


@pytest.mark.parametrize("name", [QUICK, "default", "garp-lower-prio-repeat"])
@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.line)
def test_a_changed_configuration_has_the_settings_of_the_remedy(tmp_path: Path, name: str, remedy: Remedy) -> None:
    """The lab must run what the model calls the remedy; else a confirmation says nothing."""
    topology = compose.topology(())
    before = of_configuration(name, topology).settings
    made = with_line(name, remedy.line, tmp_path / "configurations")
    assert of_configuration(made, topology).settings == remedy.on(before)
    assert (of_configuration(made, topology).settings != before) == remedy.changes(before)


def test_a_remedy_can_be_that_a_line_goes(tmp_path: Path) -> None:
    with_it = with_line("use-vmac", "vmac_xmit_base (vrrp_instance)", tmp_path)
    told = Configuration.load(with_it).settings.vrrp.instance
    without = Configuration.load(
        with_line(with_it, "no vmac_xmit_base (vrrp_instance)", tmp_path)
    ).settings.vrrp.instance
    assert set(told) - set(without) == {"vmac_xmit_base"}


def test_a_configuration_with_a_file_of_its_own_and_an_unknown_block_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "keepalived.conf").write_text("")
    with pytest.raises(UsageError, match="of its own"):
        with_line(f"{own}", "use_vmac (vrrp_instance)", tmp_path)
    with pytest.raises(UsageError, match="valid blocks are global_defs"):
        with_line(QUICK, "use_vmac (vrrp_sync_group)", tmp_path)


def test_both_sides_of_each_edge_and_each_line_that_ends_it_are_tried() -> None:
    of = kind(PAIR, FROZEN)
    assert of
    found = mechanism(PAIR, FROZEN, of, 1)
    tried = {each.what: each for each in variants(PAIR, found)}
    assert tried["the schedule"].hurts
    assert not tried["below the shortest freeze lb-ext-1"].hurts
    assert tried["above the shortest freeze lb-ext-1"].hurts
    remedies = {each.line: each for each in tried.values() if each.line}
    assert set(remedies) == set(found.ended_by)
    assert not any(each.hurts for each in remedies.values())
    assert all(parse(text(each.schedule), PAIR.words) == each.schedule for each in tried.values())


def row(as_foreseen: int, measured: int) -> Confirmed:
    return Confirmed(1, "the schedule", "freeze", QUICK, True, as_foreseen, measured, 0)


@pytest.mark.parametrize("rows, code", [([(3, 3)], 0), ([(3, 3), (2, 3)], 1), ([(2, 2)], 3), ([(0, 0)], 3)])
def test_only_what_was_measured_and_came_as_foreseen_is_confirmed(rows: list[tuple[int, int]], code: int) -> None:
    assert Confirmation(3, tuple(row(*each) for each in rows), (), 0).exit_code == code


def test_what_the_lab_cannot_do_is_not_confirmed() -> None:
    assert Confirmation(3, (row(3, 3),), ("1, with use_vmac (vrrp_instance): no place for it",), 0).exit_code == 3
