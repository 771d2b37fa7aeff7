"""Results are of the files that were read: with other ones a campaign is another campaign."""

from pathlib import Path

import pytest

from harness.campaign import log, plan
from harness.campaign.carry_out import On, carry_out
from harness.campaign.contents import sealed
from harness.campaign.job import Cell
from harness.campaign.merge import merge
from harness.campaign.plan import Plan
from harness.campaign.shard import Shard
from harness.model.errors import UsageError
from tests.unit.campaign.campaigns import quiet, result

ON = On(("no-lab",), quiet)  # none is started: all trials are done
EXPERIMENT = """
import pytest

@pytest.mark.gate
@pytest.mark.configuration("default")
def test_one(trials):
    "Of one."
"""


def site(folder: Path, advert_int: float = 1.0) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "settings.toml").write_text(f"[vrrp]\nadvert_int = {advert_int}\n")
    return str(folder)


def blips(configuration: str, shard: Shard = Shard()) -> Plan:  # noqa: B008 - frozen
    return Plan((Cell("blips", "", configuration),), 2, 1, "", shard)


def measured(asked: Plan, folder: Path) -> None:
    plan.keep(folder, sealed(asked))
    for job in asked.jobs():
        log.append(folder, result(job.cell, job.trial, good=True))


def test_results_are_no_verdict_on_a_configuration_that_has_changed(tmp_path: Path) -> None:
    asked = blips(site(tmp_path / "site"))
    measured(asked, tmp_path / "out")
    assert carry_out(asked, tmp_path / "out", ON).table.verdict == "passed"
    site(tmp_path / "site", 0.5)
    with pytest.raises(UsageError, match=r"configuration .*/site has changed since: name another --out"):
        carry_out(asked, tmp_path / "out", ON)
    measured(asked, tmp_path / "other")
    assert carry_out(asked, tmp_path / "other", ON).table.verdict == "passed"


def test_what_is_written_about_a_configuration_changes_no_trial(tmp_path: Path) -> None:
    asked = blips(site(tmp_path / "site"))
    before = sealed(asked)
    (tmp_path / "site" / "about.md").write_text("Why it exists.\n")
    assert sealed(asked) == before


def test_an_experiment_and_the_harness_are_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_own.py"
    file.write_text(EXPERIMENT)
    asked = Plan((Cell(str(file), "test_one".removeprefix("test_")),), 1, 1)
    first = sealed(asked)
    file.write_text(f"{EXPERIMENT}    assert trials\n")
    second = sealed(asked)
    monkeypatch.setattr("harness.campaign.contents.__version__", "0.0.0")
    third = sealed(asked)
    assert plan.differing([first, second]) == [f"experiment {file}"]
    assert plan.differing([second, third]) == ["the harness"]
    assert first.name == second.name == third.name
    assert len({first.digest, second.digest, third.digest}) == 3


def test_shards_of_different_files_do_not_add_up(tmp_path: Path) -> None:
    parts = [tmp_path / "part-1", tmp_path / "part-2"]
    for k, advert_int in ((1, 1.0), (2, 0.5)):
        measured(blips(site(tmp_path / "site", advert_int), Shard(k, 2)), parts[k - 1])
    with pytest.raises(UsageError, match="site: not the same for all shards"):
        merge(parts, tmp_path / "whole")
