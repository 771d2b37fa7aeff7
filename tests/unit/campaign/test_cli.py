"""`harness campaign` and `harness conform`, without a lab."""

import json
from pathlib import Path

import pytest

from harness.campaign import log, plan
from harness.campaign.plan import Plan
from harness.campaign.shard import Shard
from tests.command_line import Cli
from tests.unit.campaign.campaigns import A, B, done, result


def test_a_plan_is_shown_and_nothing_is_touched(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cli("campaign", "june_13:outage", "random", "--trials", "2", "--labs", "2", "--dry-run", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["labs"]) == (0, ["failover-harness", "failover-harness-2"])
    assert told["jobs"][:2] == ["june_13:outage, trial 1", "random under default, trial 1"]
    assert len(told["jobs"]) == 4
    assert not list(tmp_path.iterdir())


def test_run_is_what_it_does_without_a_word(cli: Cli) -> None:
    named, short = (cli("campaign", *words, "blips", "--trials", "1", "--dry-run").out for words in (["run"], []))
    assert named == short != ""


def test_an_experiment_stands_for_each_of_its_tests(cli: Cli) -> None:
    told = json.loads(cli("campaign", "june_13", "--trials", "1", "--dry-run", "--json").out)
    assert {"june_13:outage, trial 1", "june_13:night, trial 1"} <= set(told["jobs"])


@pytest.mark.parametrize(
    "words, why",
    [
        (["june_1"], "Did you mean 'june_13'"),
        (["june_13:outag"], "Did you mean 'outage'"),
        (["blips", "blips"], "asked for twice"),
        (["blips", "--configurations", "advert-10ms"], "Did you mean"),
        (["freeze lb-ext-1 for long"], "valid is"),
        (["blips", "--configurations", "default,use-vmac", "--until", "better use-vmac"], "better A B"),
        (["blips", "--configurations", "default,use-vmac", "--until", "better x y"], "Valid: blips, default"),
        (["blips", "--shard", "3/2"], "K/N"),
        (["blips", "random", "--shard", "1/2", "--until", "better blips random"], "A shard does not know"),
        (["blips", "--trials", "2", "--shard", "4/4"], "Shard 4/4 has no trial: the campaign has 2"),
        (["show", "nowhere"], "is no campaign"),
        (["merge", "nowhere", "--out", "whole"], "is no campaign"),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_valid(
    cli: Cli, words: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cli("campaign", *words)
    assert (ended.code, ended.out) == (2, "")
    assert why in ended.err.replace("\n", " ")


@pytest.mark.parametrize("good, code, word", [(True, 0, "passed"), (False, 1, "failed")])
def test_the_table_of_a_campaign(cli: Cli, tmp_path: Path, *, good: bool, code: int, word: str) -> None:
    plan.keep(tmp_path, Plan((A,), 2, 1))
    for trial in (1, 2):
        log.append(tmp_path, result(A, trial, good=good))
    ended = cli("campaign", "show", str(tmp_path))
    assert ended.code == code
    assert f"{word}: {2 * good} of 2 trials as expected" in ended.out
    assert json.loads(cli("campaign", "show", str(tmp_path), "--json").out)["rows"][0]["expected"] == 2 * good


def test_nothing_measured_is_no_pass(cli: Cli, tmp_path: Path) -> None:
    plan.keep(tmp_path, Plan((A,), 2, 1))
    assert cli("campaign", "show", str(tmp_path)).code == 3


def test_a_shard_without_a_trial_is_no_pass(cli: Cli, tmp_path: Path) -> None:
    plan.keep(tmp_path, Plan((A,), 2, 1, "", Shard(4, 4)))
    ended = cli("campaign", "show", str(tmp_path))
    assert (ended.code, ended.out.partition(":")[0]) == (3, "invalid")


@pytest.mark.parametrize("until", ["better a b", "better rubbish"])
def test_a_shard_is_asked_no_question(cli: Cli, tmp_path: Path, until: str) -> None:
    done(Plan((A, B), 4, 1, "", Shard(1, 2)), tmp_path)
    ended = cli("campaign", "show", str(tmp_path), "--until", until)
    assert (ended.code, ended.out) == (2, "")
    assert "A shard does not know" in ended.err.replace("\n", " ")


def test_shards_are_merged(cli: Cli, tmp_path: Path) -> None:
    for k in (1, 2):
        done(Plan((A, B), 4, 1, "", Shard(k, 2)), tmp_path / str(k))
    once = done(Plan((A, B), 4, 1), tmp_path / "once")
    merged = cli("campaign", "merge", str(tmp_path / "1"), str(tmp_path / "2"), "--out", str(tmp_path / "whole"))
    assert once.sentence in merged.out
    asked = cli("campaign", "show", str(tmp_path / "whole"), "--until", "better a b")
    assert "no difference between a and b was shown" in asked.out
    assert asked.code in (1, 3)
    assert cli("campaign", "show", str(tmp_path / "once")).out == cli("campaign", "show", str(tmp_path / "whole")).out


def test_conform_shows_its_plan_and_refuses_a_table_that_is_none(cli: Cli, tmp_path: Path) -> None:
    assert "random under advert-100ms, trial 2" in cli("conform", "--trials", "2", "--dry-run").out
    (tmp_path / "explained.toml").write_text("'freeze lb-ext-1 for 1s' = 'of all that it may ever do'\n")
    ended = cli("conform", "--explained", str(tmp_path / "explained.toml"), "--dry-run")
    assert ended.code == 2
    assert "['SCHEDULE'] with why and differences" in ended.err.replace("\n", " ")
    (tmp_path / "explained.toml").write_text("['freeze lb-ext-1 for 1s']\nwhy = 'lab'\ndifferences = ['owners']\n")
    ended = cli("conform", "--explained", str(tmp_path / "explained.toml"), "--dry-run")
    assert ended.code == 0
