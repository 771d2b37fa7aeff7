"""What else is not the same in two runs: versions, parameters, configurations. A comparison must say it."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Final

from harness.model.outcome import RunOutcome
from harness.model.run_facts import Texts

_OF_THE_RUN: Final = ("lab", "began")
_LINES: Final = 12  # of a difference of two files


def differs(baseline: RunOutcome, candidate: RunOutcome) -> Iterator[str]:
    """In sentences. Values and lines are those of the runs: whoever prints them must escape them."""
    one, other = baseline.facts, candidate.facts
    if one is None or other is None:
        older = [run.run for run in (baseline, candidate) if run.facts is None]
        yield f"not known for {' and '.join(older)}: an older harness wrote it"
        return
    yield from _values("version of", one.versions, other.versions)
    yield from _values("parameter", one.parameters, other.parameters)
    yield from _configurations(baseline, candidate)
    if one.primary != other.primary:
        yield "the comparisons that the experiment declares: those that both declare are primary"


def _values(what: str, one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    for name in sorted((one.keys() | other.keys()) - set(_OF_THE_RUN)):
        if one.get(name) != other.get(name):
            yield f"{what} {name}: {_told(one, name)}, then {_told(other, name)}"


def _told(values: Mapping[str, object], name: str) -> str:
    return str(values[name]) if name in values else "not told"


def _configurations(baseline: RunOutcome, candidate: RunOutcome) -> Iterator[str]:
    """Equal names are pairs; the others pair by place: two runs give the same test's configurations in one order."""
    one, other = (run.facts.configurations if run.facts else {} for run in (baseline, candidate))
    same = [(name, name) for name in one if name in other]
    own, others = [name for name in one if name not in other], [name for name in other if name not in one]
    for name, another in (*same, *zip(own, others, strict=False)):
        yield from _texts(name if name == another else f"{name}, then {another}", one[name], other[another])
    for run, names, pairs in ((baseline, own, len(others)), (candidate, others, len(own))):
        yield from (f"configuration {name}: only in {run.run}" for name in names[pairs:])


def _texts(named: str, texts: Texts, others: Texts) -> Iterator[str]:
    for node, file in sorted(_files(texts) | _files(others)):
        lines = list(_diff(texts.get(node, {}).get(file, ""), others.get(node, {}).get(file, "")))
        if lines:
            yield f"configuration {named}, {file} of {node}: {'; '.join(lines[:_LINES])}{_more(len(lines))}"


def _files(texts: Texts) -> set[tuple[str, str]]:
    return {(node, file) for node, files in texts.items() for file in files}


def _diff(one: str, other: str) -> Iterator[str]:
    lines = list(unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0))[2:]
    yield from (" ".join(line.split()) for line in lines if not line.startswith("@@"))


def _more(lines: int) -> str:
    return f"; and {lines - _LINES} more lines" if lines > _LINES else ""
