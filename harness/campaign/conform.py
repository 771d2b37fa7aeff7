"""Random schedules on the lab, done again by the model. Where both differ, model, lab or keepalived is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from harness.campaign.carry_out import On, carry_out, pairs
from harness.campaign.job import RANDOM, Cell
from harness.campaign.minimal import measured, minimal
from harness.campaign.plan import Plan
from harness.campaign.replayed import Replayed, replayed
from harness.campaign.schedules import scheduled, text
from harness.campaign.table import UNMEASURED
from harness.search.schedule import Schedule
from harness.search.workers import workers
from harness.statistics import Estimate, proportion

Verdict = Literal["passed", "failed", "invalid", "unfinished"]


class Finding(msgspec.Struct, frozen=True):
    """A trial that differs, timers as late as recorded. `minimal`: the smallest part of its schedule that differs, too.

    `explained`: why, as the engineer who looked at it wrote; "": not yet. `before`: why the schedule differed before,
    in another way. `complete`: each part that `minimal` was compared with was measured; else a smaller one may differ.
    """

    trial: int
    schedule: str
    minimal: str
    differences: tuple[str, ...]
    run: str
    explained: str
    complete: bool = True
    before: str = ""


class Conformed(msgspec.Struct, frozen=True):
    """`free`, `guided`: trials that conform with timers on time, and as late as recorded. `share`: of the guided."""

    verdict: Verdict
    sentence: str
    configuration: str
    seed: int
    planned: int
    measured: int
    unmeasured: int
    free: int
    guided: int
    share: Estimate | None
    findings: tuple[Finding, ...]


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`why` a schedule differs in these `differences`, as a finding has them; it says nothing of others."""

    why: Annotated[str, msgspec.Meta(min_length=1)]
    differences: tuple[str, ...]

    def of(self, differences: Sequence[str]) -> str:
        return self.why if set(differences) == set(self.differences) else ""


class Asked(msgspec.Struct, frozen=True):
    """`explained`: schedule → why it differs, of findings that were looked at before."""

    configuration: str
    trials: int
    seed: int
    explained: Mapping[str, Explanation] = {}

    @property
    def plan(self) -> Plan:
        return Plan((Cell(RANDOM, "", self.configuration),), self.trials, self.seed)


def conform(asked: Asked, folder: Path, on: On) -> tuple[Conformed, bool]:
    """With whether it was interrupted. Goes on where it stopped. Raises as `carry_out`."""
    done = carry_out(asked.plan, folder, on)
    runs = {each.job.trial: folder / each.run for each in measured(folder)}
    results, findings, interrupted = _replayed(runs), list[Finding](), done.interrupted
    for trial, each in results.items():
        if each.guided:
            found = finding(asked, trial, each.guided, str(runs[trial]))
            if not interrupted and not found.explained:
                least, interrupted = minimal(asked.configuration, _given(asked, trial), folder, on)
                found = replace(found, minimal=text(least.schedule), complete=least.complete)
            findings.append(found)
    return conformed(asked, results, findings, done.table.rows[0].unmeasured), interrupted


def finding(asked: Asked, trial: int, differences: tuple[str, ...], run: str) -> Finding:
    """As it is before its schedule is made smaller."""
    schedule = text(_given(asked, trial))
    known_before = asked.explained.get(schedule)
    why = known_before.of(differences) if known_before else ""
    before = known_before.why if known_before and not why else ""
    return Finding(trial, schedule, schedule, differences, run, why, bool(why), before)


def _replayed(runs: Mapping[int, Path]) -> dict[int, Replayed]:
    """By trial; on every processor."""
    with workers() as pool:
        return dict(zip(runs, pool.map(replayed, runs.values()), strict=True))


def _given(asked: Asked, trial: int) -> Schedule:
    pair = pairs()(asked.configuration)
    job = next(job for job in asked.plan.jobs() if job.trial == trial)
    return scheduled(job, pair)


def conformed(asked: Asked, results: Mapping[int, Replayed], findings: list[Finding], unmeasured: int) -> Conformed:
    """What is not explained fails; too little that was measured is no pass."""
    measured, guided = len(results), sum(not each.guided for each in results.values())
    left = asked.trials - measured - unmeasured
    open_ones = [each for each in findings if not each.explained]
    verdict: Verdict = (
        "unfinished" if left else "failed" if open_ones else "invalid" if _too_little(asked, measured) else "passed"
    )
    free = sum(not each.free for each in results.values())
    sentence = (
        f"{guided} of {measured} trials conform with timers as late as recorded, {free} with timers on time; "
        f"{len(open_ones)} of {len(findings)} that differ are not explained"
    )
    sentence += f"; {unmeasured} trials could not be measured" if unmeasured else ""
    sentence += f"; {left} are left" if left else ""
    share = proportion(guided, measured) if measured else None
    return Conformed(
        verdict, sentence, asked.configuration, asked.seed, asked.trials,
        measured, unmeasured, free, guided, share, tuple(findings),
    )  # fmt: skip


def _too_little(asked: Asked, measured: int) -> bool:
    return not measured or measured < (1 - UNMEASURED) * asked.trials
