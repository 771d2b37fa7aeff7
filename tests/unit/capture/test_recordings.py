"""A capture of a recorded step never contradicts what the run said, which had all evidence."""

from pathlib import Path

import pytest

from harness.capture import judge
from harness.history import store
from harness.model.errors import NotMeasured
from harness.model.outcome import Finding
from tests.captures_of import captures

DATA = Path(__file__).parents[2] / "data"
RUNS = sorted(path.parent for path in DATA.glob("*/run.json"))
STEPS = [(run, i) for run in RUNS for i, _ in enumerate(store.load(run).steps)]
SAME = {"not applicable": "holds"}
"""Nothing to judge is no contradiction to a check that holds."""


def both(run: Path, number: int, folder: Path) -> dict[str, tuple[Finding, Finding]]:
    """Check → (the run's finding, the judge's), for the VIP that customers ask."""
    history = store.load(run)
    trial, name = history.steps[number]
    found = [
        each for test in store.read_outcome(run).tests for t in test.trials for each in t.steps if each.name == name
    ]
    files, places, nodes = captures(history, history.step(trial, name), folder)
    judged = judge(files, history.topology.virtual_router().first.address, places, nodes)
    mine = {finding.name: finding for finding in judged.vips[0].checks}
    return {finding.name: (finding, mine[finding.name]) for finding in found[0].checks}


@pytest.mark.parametrize("run, number", STEPS, ids=lambda each: each.name if isinstance(each, Path) else str(each))
def test_a_capture_contradicts_no_run(run: Path, number: int, tmp_path: Path) -> None:
    if run.name == "second_path":  # its adverts are on another segment, which is not captured
        with pytest.raises(NotMeasured, match="no VRRP advertisement"):
            both(run, number, tmp_path)
        return
    for name, (theirs, mine) in both(run, number, tmp_path).items():
        verdicts = {SAME.get(each.verdict, each.verdict) for each in (theirs, mine)}
        assert verdicts != {"holds", "violated"}, f"{name}\n run: {theirs.sentence}\n judge: {mine.sentence}"


def test_june_13_is_decided_by_its_frames(tmp_path: Path) -> None:
    found = both(DATA / "outage", 0, tmp_path)
    for name in ("no_stale_arp", "survivor_announced", "service_level"):
        assert found[name][1].violated, found[name][1].sentence
    for name in ("dual_owner", "no_owner", "single_owner", "takeover_announced", "adverts_regular", "served_by_owner"):
        assert found[name][1].holds, found[name][1].sentence
