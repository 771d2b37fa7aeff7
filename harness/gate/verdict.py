"""From what was tried to one verdict. Pure.

A pair is SAFE only if every test that decides was measured and held. What is missing never counts as held.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from harness.gate.battery import AT_REST, IN_PAIR_FILE
from harness.gate.named import UsesStandIn
from harness.gate.report import Tried, Verdict
from harness.gate.rest import Rest

_REDIRECTED: Final = re.compile(r"\(mostly 30[1-8]\)")


def verdict(
    tried: Iterable[Tried],
    *,
    questions: Mapping[str, bool],
    unsupported: Iterable[str] = (),
    late: Sequence[str] = (),
    only: bool = False,
) -> tuple[Verdict, str]:
    """`questions`: each customer and VIP → does the site say what is asked there? Else the gate has guessed it.
    `unsupported`: checks that our stand-in servers cannot answer. `late`: tests that decide and had no time.
    `only`: the tests were asked for by name.

    At rest both may make a failure our own: the question may be wrong, or a server be down because of us.
    """
    every = list(tried)
    decisive = [each for each in every if each.decides]
    failed = [each for each in decisive if each.verdict == "failed"]
    if failed and failed[0].name == AT_REST:
        return _at_rest(failed[0], questions=questions, unsupported=list(unsupported))
    if failed:
        rest = len(failed) - 1
        more = f" ({rest} more {'test' if rest == 1 else 'tests'} failed)" if rest else ""
        return "UNSAFE", f"{failed[0].failure}{more}"
    if missing := [each for each in decisive if each.verdict == "not measured"]:
        return "INCONCLUSIVE", f"{missing[0].name} was not measured: {missing[0].failure}"
    if late:
        return "INCONCLUSIVE", f"the budget has no time for {', '.join(late)}"
    held = [each.name for each in decisive]
    if AT_REST not in held or held == [AT_REST]:
        return "INCONCLUSIVE", _undecided([each for each in every if not each.decides])
    own = not any(IN_PAIR_FILE in each.formula for each in decisive)
    within = "its own timers" if own else "what pair.toml allows"
    return _survived(held, [each.name for each in every if not each.decides], only=only, within=within)


def _undecided(beside: list[Tried]) -> str:
    """`beside`: what does not decide, where nothing else was tried."""
    if missing := [each for each in beside if each.verdict == "not measured"]:
        return f"{missing[0].name} was not measured: {missing[0].failure}"
    names = ", ".join(each.name for each in beside)
    return f"nothing that decides was tried, {names} alone" if beside else "no fault was tried"


def _survived(held: list[str], beside: list[str], *, only: bool, within: str) -> tuple[Verdict, str]:
    """`held`: the tests that decide, the pair at rest among them. `beside`: what was tried and does not decide."""
    faults = [name for name in held if name != AT_REST]
    if only:
        more = f"; {', '.join(beside)} {'decides' if len(beside) == 1 else 'decide'} nothing" if beside else ""
        tail = more or "; nothing else was asked for"
        return "SAFE", f"the pair survived {', '.join(faults)} within {within}{tail}"
    many = "1 failure" if len(faults) == 1 else f"{len(faults)} failures"
    return "SAFE", f"the pair survived {many} within {within}"


def _at_rest(tried: Tried, *, questions: Mapping[str, bool], unsupported: list[str]) -> tuple[Verdict, str]:
    """Two owners are the pair's own doing. Else it is, if nothing of ours can be the reason."""
    seen = tried.rest
    before = f"before any fault: {tried.failure}"
    if seen is None:
        return "INCONCLUSIVE", f"{before} What the nodes showed then is not known."
    if seen.doubled:
        return "UNSAFE", before
    ours = _not_the_pairs(seen, unsupported)
    if not ours and not seen.misplaced and _REDIRECTED.search(tried.failure):
        ours = 'The pair redirects that question. Say what is asked where it leads: probe = ["https://…"].'
    if not ours and not seen.misplaced and _guessed(tried.failure, questions):
        ours = 'Say what customers ask: probe = ["http://…"].'
    if ours:
        return "INCONCLUSIVE", f"{before} {ours}"
    return "UNSAFE", " ".join([before, *(each.said for each in seen.failing[:1])])


def _guessed(failure: str, questions: Mapping[str, bool]) -> bool:
    """Was a question guessed that the failure is of? Of a failure that names neither customer nor VIP, any question."""
    of = [
        said for name, said in questions.items() if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\d)", failure)
    ]
    return not all(of or questions.values())


def _not_the_pairs(seen: Rest, unsupported: list[str]) -> str:
    """What the lab lacks, or does not tell; "" if nothing."""
    if seen.foreign:
        return seen.foreign[0].said
    if seen.silent:
        return seen.silent[0]
    if seen.unexplained:
        node, instance = seen.unexplained[0]
        return f"{instance} of {node} is in FAULT on the lab, and no check of {node} fails."
    return f"Our stand-in servers cannot answer: {unsupported[0]}" if unsupported else ""


def unfinished(word: Verdict, sentence: str, why: str) -> tuple[Verdict, str]:
    """A failure that was seen stays one; without it, what was not tried is missing. `why` it ended early."""
    return (word, sentence) if word == "UNSAFE" else ("INCONCLUSIVE", f"{why} before every test was tried")


def with_stand_ins(
    found: tuple[Verdict, str], tried: Iterable[Tried], used: Sequence[UsesStandIn]
) -> tuple[Verdict, str]:
    """A stand-in of a program allows neither SAFE nor UNSAFE for what depends on it.

    What notify runs may decide over any takeover; a check decides over the failures of HAProxy.
    """
    word, _ = found
    if word not in ("SAFE", "UNSAFE"):
        return found
    depending = [each for each in tried if each.decides and depends(each.name, used)]
    failed = [each for each in tried if each.decides and each.verdict == "failed"]
    apart = [each for each in failed if each not in depending]
    if not depending or (word == "UNSAFE" and apart):
        return found
    return "INCONCLUSIVE", shows_nothing(depending[0].name, used)


def depends(name: str, used: Sequence[UsesStandIn]) -> bool:
    """Does a stand-in of a program decide over this test?"""
    if not used or name == AT_REST:
        return False
    return not all(use.watches for use in used) or name.startswith("haproxy-")


def shows_nothing(name: str, used: Sequence[UsesStandIn]) -> str:
    """Of a test that depends on a stand-in."""
    return f"{used[0].said}: {name} shows nothing of the site"


def exposed(tried: Iterable[Tried]) -> tuple[str, ...]:
    """What failed and does not decide."""
    failed = (each for each in tried if not each.decides and each.verdict == "failed")
    return tuple(caused(each.about, each.failure) for each in failed)


def caused(by: str, failure: str) -> str:
    """What was seen of customers begins with its cause."""
    return failure if failure.startswith(by) else f"{by}: {failure}"
