"""Which trials a shard has, and what array jobs tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign.plan import Plan
from harness.campaign.shard import Shard, shard_of
from harness.model.errors import BadValue, UsageError
from tests.unit.campaign.campaigns import A, B

SLURM = {"SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "10"}


@given(st.integers(1, 9), st.integers(1, 20))
def test_each_trial_is_in_one_shard(shards: int, trials: int) -> None:
    whole = list(Plan((A, B), trials, 1).jobs())
    parts = [list(Plan((A, B), trials, 1, "", Shard(k, shards)).jobs()) for k in range(1, shards + 1)]
    assert sorted(job for part in parts for job in part) == sorted(whole)
    assert max(map(len, parts)) - min(map(len, parts)) <= 2


def test_each_shard_has_trials_of_each_cell() -> None:
    """A machine that is slower than the others must not make one cell worse."""
    for k in (1, 2):
        assert {job.cell for job in Plan((A, B), 4, 1, "", Shard(k, 2)).jobs()} == {A, B}


@pytest.mark.parametrize(
    "text, environment, shard",
    [
        ("", {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"}, Shard()),  # nothing is left out unless it is asked for
        ("2/4", {}, Shard(2, 4)),
        ("auto", {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"}, Shard(2, 3)),
        ("auto/4", {"JOB_COMPLETION_INDEX": "0"}, Shard(1, 4)),
        ("auto/4", {"JOB_COMPLETION_INDEX": "3"}, Shard(4, 4)),
        ("auto", SLURM | {"SLURM_ARRAY_TASK_ID": "12"}, Shard(3, 4)),
        ("auto", SLURM | {"SLURM_ARRAY_TASK_STEP": "2"}, Shard(3, 4)),
    ],
)
def test_what_it_is(text: str, environment: dict[str, str], shard: Shard) -> None:
    assert shard_of(text, environment) == shard


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/99999", "1/4/4"])
def test_what_is_none_is_refused_with_what_is_valid(text: str) -> None:
    with pytest.raises(BadValue, match="K/N"):
        shard_of(text, {})


def test_what_an_array_job_does_not_tell_is_asked_for() -> None:
    with pytest.raises(UsageError, match="auto/N"):
        shard_of("auto", {"JOB_COMPLETION_INDEX": "0"})
    with pytest.raises(UsageError, match="none of JOB_COMPLETION_INDEX, CI_NODE_INDEX"):
        shard_of("auto", {})
    with pytest.raises(BadValue, match="SLURM_ARRAY_TASK_ID=14 of 4"):
        shard_of("auto", SLURM)
    with pytest.raises(BadValue, match="whole number"):
        shard_of("auto", {"CI_NODE_INDEX": "one", "CI_NODE_TOTAL": "3"})
