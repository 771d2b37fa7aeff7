"""What a check is, and the words in which it answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from harness.history import History, Step
from harness.model.limits import PairLimits
from harness.model.outcome import Finding, Instant, Judgement
from harness.model.topology import Pair
from harness.model.units import s

PairJudge = Callable[[History, Step, Pair], Finding]
Judge = Callable[[History, Step], Finding]

_WORST_FIRST: Final[tuple[Judgement, ...]] = ("violated", "inconclusive", "holds", "not applicable")
_MOST_INSTANTS = 20


@dataclass(frozen=True)
class Check:
    """`invariant`: the sentence that must hold, from the docstring of the function that judges."""

    name: str
    invariant: str
    judge: Judge

    def __call__(self, history: History, step: Step) -> Finding:
        return msgspec.structs.replace(self.judge(history, step), name=self.name)


def check(judge: Judge) -> Check:
    """Decorator: the function's name is the check's, its docstring's first line the invariant."""
    return Check(judge.__name__, (judge.__doc__ or "").partition("\n")[0], judge)


def check_pairs(judge: PairJudge) -> Check:
    """Decorator for a check of one pair: judged for every pair, the worst verdict is the check's."""

    def judge_all(history: History, step: Step) -> Finding:
        pairs = history.topology.pairs.values()
        return worst([_named(judge(history, step, pair), pair, len(pairs)) for pair in pairs])

    judge_all.__name__, judge_all.__doc__ = judge.__name__, judge.__doc__
    return check(judge_all)


def holds(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("holds", sentence, instants, bound)


def violated(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("violated", sentence, instants, bound)


def inconclusive(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("inconclusive", sentence, instants, bound)


def not_applicable(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    """The premise never came. Of several pairs one that holds is enough to say so."""
    return _finding("not applicable", sentence, instants, bound)


def worst(findings: list[Finding]) -> Finding:
    """The worst verdict, with the sentences of all that share it."""
    verdict: Judgement = next((v for v in _WORST_FIRST if any(f.verdict == v for f in findings)), "inconclusive")
    chosen = [finding for finding in findings if finding.verdict == verdict]
    instants = sorted((i for finding in chosen for i in finding.instants), key=lambda i: i.t_ns)
    bounds = dict.fromkeys(finding.bound for finding in chosen)
    return _finding(verdict, " ".join(f.sentence for f in chosen), instants, "; ".join(bounds))


def limits(step: Step, pair: Pair) -> PairLimits:
    return step.limits.pairs[pair.name]


def at(step: Step, t: int) -> str:
    """An instant as people read it: seconds since the step's first effect."""
    return f"{(t - step.first_effect_ns) / s:+.3f} s"


def lasting(ns: int) -> str:
    return f"{ns / s:.3f} s"


def names(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; each once."""
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} and {last}" if first else last


def _finding(verdict: Judgement, sentence: str, instants: Iterable[Instant], bound: object) -> Finding:
    return Finding("", verdict, sentence, tuple(instants)[:_MOST_INSTANTS], str(bound))


def _named(finding: Finding, pair: Pair, pairs: int) -> Finding:
    return finding if pairs == 1 else msgspec.structs.replace(finding, sentence=f"{pair.name}: {finding.sentence}")
