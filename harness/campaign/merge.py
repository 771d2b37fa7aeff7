"""Shards put together: the same results as of one campaign that did all of them."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from harness.campaign import log, plan
from harness.campaign.plan import Plan, differing
from harness.campaign.result import Result
from harness.model.errors import UsageError


def merge(folders: Sequence[Path], into: Path) -> Plan:
    """Returns the plan of the whole. Trials stay where they are. Shards that are missing are trials that are left.

    Raises `UsageError` for shards of different campaigns, a shard that is named twice, and a folder that is in use.
    """
    whole = merged_plan({folder: plan.read(folder) for folder in folders})
    if into.resolve() in {folder.resolve() for folder in folders}:
        raise UsageError(f"{into} is one of the shards: name another folder for what they are together.")
    if (into / log.FILE).exists():
        raise UsageError(f"{into} has results already: name a new folder for what the shards are together.")
    plan.keep(into, whole)
    for result in merged_results({folder: log.read(folder) for folder in folders}, whole, into):
        log.append(into, result)
    return whole


def merged_plan(plans: dict[Path, Plan]) -> Plan:
    wholes = {each.whole.asked: folder for folder, each in plans.items()}
    if len(wholes) != 1:
        raise UsageError(f"{' and '.join(map(str, wholes.values()))} are of different campaigns: they do not add up.")
    if changed := differing(plans.values()):
        raise UsageError(f"{', '.join(changed)}: not the same for all shards, so they do not add up.")
    shards: dict[str, Path] = {}
    for folder, each in plans.items():
        if str(each.shard) in shards:
            raise UsageError(f"{shards[str(each.shard)]} and {folder} are both shard {each.shard}.")
        shards[str(each.shard)] = folder
    if len({each.shard.n for each in plans.values()}) != 1:
        raise UsageError(f"The shards are of different divisions: {', '.join(shards)}.")
    return next(iter(plans.values())).whole


def merged_results(found: dict[Path, list[Result]], whole: Plan, into: Path) -> list[Result]:
    """In the order of the plan."""
    place = {job: number for number, job in enumerate(whole.jobs())}
    moved = [
        replace(each, run=os.path.relpath(folder / each.run, into) if each.run else "")
        for folder, results in found.items()
        for each in results
        if each.job in place
    ]
    return sorted(moved, key=lambda each: place[each.job])
