"""A shard: the part of a campaign that one machine does, by option or by what an array job sets."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from harness.model.errors import BadValue, UsageError

VALID: Final = "K/N with 1 ≤ K ≤ N, such as 2/4; auto or auto/N inside an array job"
MOST: Final = 10_000


class Shard(msgspec.Struct, frozen=True):
    """Number `k` of `n`, from 1."""

    k: int = 1
    n: int = 1

    def __str__(self) -> str:
        return f"{self.k}/{self.n}"

    @property
    def whole(self) -> bool:
        return self.n == 1

    def has(self, cell: int, trial: int) -> bool:
        """Is the trial of that cell (its place in the plan) ours? Each shard gets trials of each cell."""
        return (cell + trial) % self.n == self.k - 1


class _Engine(NamedTuple):
    """What an engine of array jobs sets. `first`: the variable, or the number, that the first index has."""

    name: str
    place: str
    total: str
    first: str
    step: str = ""


_SLURM: Final = "SLURM_ARRAY_TASK"
ENGINES: Final = (
    _Engine("Kubernetes indexed job", "JOB_COMPLETION_INDEX", "", "0"),
    _Engine("GitLab parallel", "CI_NODE_INDEX", "CI_NODE_TOTAL", "1"),
    _Engine("Slurm array", f"{_SLURM}_ID", f"{_SLURM}_COUNT", f"{_SLURM}_MIN", f"{_SLURM}_STEP"),
)


def shard_of(text: str, environment: Mapping[str, str]) -> Shard:
    """ "" is the whole. Raises `BadValue`, and `UsageError` for `auto` outside of an array job."""
    if not text:
        return Shard()
    if text == "auto" or text.startswith("auto/"):
        return _of_engine(text.partition("/")[2], environment)
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if not match:
        raise BadValue("--shard", text, VALID)
    return _checked(text, int(match[1]), int(match[2]))


def _of_engine(count: str, environment: Mapping[str, str]) -> Shard:
    for engine in ENGINES:
        if engine.place in environment:
            asked = count or environment.get(engine.total, "")
            if not asked:
                raise UsageError(f"A {engine.name} does not tell its tasks how many there are: --shard auto/N.")
            first = _number(environment, engine.first, engine.first if engine.first.isdecimal() else "0")
            step = _number(environment, engine.step, "1")
            index = (_number(environment, engine.place, "") - first) // max(1, step)
            return _checked(f"{engine.place}={environment[engine.place]} of {asked}", index + 1, _whole("N", asked))
    told = ", ".join(engine.place for engine in ENGINES)
    raise UsageError(f"--shard auto is for an array job, and none of {told} is set. Say --shard K/N.")


def _number(environment: Mapping[str, str], name: str, default: str) -> int:
    return _whole(name, environment.get(name, default))


def _whole(name: str, text: str) -> int:
    if not text.isdecimal():
        raise BadValue(name, text, "a whole number")
    return int(text)


def _checked(text: str, k: int, n: int) -> Shard:
    if not 1 <= k <= n <= MOST:
        raise BadValue("--shard", text, VALID)
    return Shard(k, n)
