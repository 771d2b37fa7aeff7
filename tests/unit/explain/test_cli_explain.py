"""`harness explain`, and the paragraph under the violated checks of `harness run`."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
import pytest
from rich.console import Console

from harness.cli._summary import summary
from harness.cli._why import why
from harness.history import store
from harness.model.outcome import RunOutcome
from tests.command_line import Cli

DATA: Final = Path(__file__).parents[2] / "data"
OUTAGE: Final = str(DATA / "outage")


def test_a_run_by_its_folder(cli: Cli) -> None:
    ended = cli("explain", OUTAGE)
    assert ended.code == 0
    text = " ".join(ended.out.split())
    assert "outage, trial 1, step blip no_hang violated" in text
    assert "None of the 3 adverts that lb-ext-2 sent meanwhile reached lb-ext-1" in text
    assert "$ ip neigh show 10.77.0.100 10.77.0.100 dev lan0 lladdr 02:77:00:00:00:02 STALE" in text
    assert "gratuitous ARP from the owner: customer-1 unaffected; customer-2, customer-3 < 0.01 s (1 trial)" in text
    assert "keepalived's log, last line so far: (external) Entering MASTER STATE" in text


def test_a_run_by_its_name_and_one_check(cli: Cli) -> None:
    ended = cli("explain", "outage", "survivor_announced", "--runs", str(DATA), "--json")
    (told,) = json.loads(ended.out)
    assert (told["test"], told["valid"]) == ("test_outage", True)
    assert (told["explanation"]["check"], told["explanation"]["step"]) == ("survivor_announced", "blip")
    assert told["explanation"]["because"][-1] == "lb-ext-1 sent no gratuitous ARP for 10.77.0.100 until the step ended."


def test_what_ends_several_checks_of_a_step_is_told_once(cli: Cli) -> None:
    told = [each["explanation"] for each in json.loads(cli("explain", OUTAGE, "--json").out)]
    stale = [each["check"] for each in told if each["ends"]]
    text = cli("explain", OUTAGE).out
    assert len(stale) > 1
    assert text.count("arping -U -I DEVICE VIP") == 1
    whose = "for all of them" if len(stale) == len(told) else f"for {', '.join(stale)}"
    assert f"  What ends it, as measured ({whose})\n" in text
    alone = cli("explain", OUTAGE, "no_stale_arp").out
    assert "  What ends it, as measured\n" in alone


def test_a_check_without_a_remedy_says_so(cli: Cli) -> None:
    assert "No remedy for this was measured." in cli("explain", str(DATA / "apart")).out


def test_a_setting_by_which_the_check_would_be_violated_too_does_not_keep_it_from_happening(cli: Cli) -> None:
    """All servers are down: a check that asks none of them keeps the VIP where it cannot be served."""
    text = cli("explain", str(DATA / "overload"), "holder_can_serve").out
    assert "showed no server of" in text
    assert "No remedy for this was measured." in text


def test_nothing_to_explain(cli: Cli) -> None:
    ended = cli("explain", str(DATA / "survived"))
    assert (ended.code, ended.out) == (0, "No check was violated in a valid trial: there is nothing to explain.\n")
    opening = "no_hang was not violated in a valid trial.\n  survived, trial 1, step blip: holds. "
    assert cli("explain", str(DATA / "survived"), "no_hang").out.startswith(opening)
    assert json.loads(cli("explain", str(DATA / "survived"), "--json").out) == []


def test_wrong_use(cli: Cli, tmp_path: Path) -> None:
    ended = cli("explain", OUTAGE, "no_stale_apr")
    assert (ended.code, "Did you mean 'no_stale_arp'?" in ended.err) == (2, True)
    ended = cli("explain", "nowhere", "--runs", str(tmp_path))
    assert (ended.code, "'nowhere'" in ended.err) == (2, True)
    (tmp_path / "outcome.json").write_text("{}")
    ended = cli("explain", str(tmp_path))
    assert (ended.code, "it has no run.json" in ended.err) == (2, True)


def changed(tmp_path: Path, **fields: object) -> Path:
    """The recording *outage*, whose only trial has these fields."""
    shutil.copytree(DATA / "outage", tmp_path / "run")
    outcome = store.read_outcome(tmp_path / "run")
    (test,) = outcome.tests
    trial = msgspec.structs.replace(test.trials[0], **fields)
    store.write_outcome(tmp_path / "run", replaced(outcome, msgspec.structs.replace(test, trials=(trial,))))
    return tmp_path / "run"


def replaced(outcome: RunOutcome, *tests: object) -> RunOutcome:
    return msgspec.structs.replace(outcome, tests=tests)


def test_an_invalid_trial_is_explained_only_if_asked_for(cli: Cli, tmp_path: Path) -> None:
    run = str(changed(tmp_path, valid=False))
    assert cli("explain", run).out.startswith("No check was violated in a valid trial")
    assert "(an invalid trial, which counts for nothing)" in cli("explain", run, "--all").out


def test_a_run_without_an_outcome_is_judged_now(cli: Cli, tmp_path: Path) -> None:
    run = changed(tmp_path)
    store.outcome_path(run).unlink()
    ended = cli("explain", str(run), "no_stale_arp")
    assert ended.out.startswith("trial 1, step blip\nno_stale_arp violated")


def test_a_terminal_obeys_nothing_of_a_log(cli: Cli, tmp_path: Path) -> None:
    run = changed(tmp_path)
    (run / "logs").mkdir()
    line = "1970-01-01T00:00:00.0Z x keepalived: (external) Entering \x1b[31m[red]MASTER STATE\n"
    (run / "logs" / "lb-ext-1.log").write_text(line)
    ended = cli("explain", str(run), "no_stale_arp")
    assert "\x1b" not in ended.out
    assert "Entering \\x1b[31m[red]MASTER STATE" in ended.out


def text_of(outcome: RunOutcome) -> str:
    text = StringIO()
    Console(file=text, width=10_000).print(summary(outcome))
    return text.getvalue()


def test_harness_run_shows_one_paragraph_of_each_test(tmp_path: Path) -> None:
    outcome = msgspec.structs.replace(store.read_outcome(DATA / "outage"), run=OUTAGE)
    first, more = why(outcome)
    assert first.startswith("  why outage: no_stale_arp: Every frame from sw-a to sw-b was dropped")
    assert more == f"  seen on each device, and what ends it: harness explain {OUTAGE}"
    assert first in text_of(outcome)
    assert list(why(msgspec.structs.replace(outcome, run=str(tmp_path)))) == []


@pytest.mark.parametrize("name", ["survived", "second_path"])
def test_harness_run_adds_nothing_to_a_run_that_held(name: str) -> None:
    outcome = msgspec.structs.replace(store.read_outcome(DATA / name), run=str(DATA / name))
    assert list(why(outcome)) == []
    assert "why" not in text_of(outcome)
