"""A mechanism as a test that reproduces it on the lab: `harness search --write DIR`, then `harness run FILE`."""

from typing import Final

from harness.model.units import ms, s
from harness.search.mechanism import Mechanism
from harness.search.schedule import Act
from harness.search.words import Word
from harness.simulation.snapshot import Harm

CHECKS: Final[dict[Harm, str]] = {
    "no owner": "single_owner",
    "two owners": "single_owner",
    "wrong cache": "no_stale_arp",
    "dark": "service_level",
}
"""Which check sees the harm on the lab."""

SETTLED_S: Final = 4  # beyond the last fault: the pair is at rest, and each cache had its time

_TEXT: Final = '''"""Found by `harness search`: {harm}, since {story}.

The smallest schedule, on the model: {smallest}.
It hurts in {share:.0%} of the phases.
{edges}
What ends it: {ended_by}.
With what the same faults hurt at other times: {at_other_times}.
What does not: {not_ended_by}.
"""

import pytest

from harness import checks, faults
from harness.experiment import Trials
from harness.model.units import ms, s


@pytest.mark.reproduction
@pytest.mark.configuration({configuration!r})
def test_{name}(trials: Trials) -> None:
    """Away from the edges: on the lab timers are some milliseconds late."""
    fault = {fault}
    for trial in trials:
        step = trial.step("schedule", fault.aligned({router!r}, phase={phase:_} * ms), watch={watch} * s)
        assert step.check(checks.{check}).violated
'''


def written(found: Mechanism, name: str, words: dict[str, Word], configuration: str, router: str) -> str:
    """`name`: of the test, without ``test_``."""
    return _TEXT.format(
        harm=found.kind.harm,
        story=found.kind.story,
        smallest=found.smallest,
        name=name,
        configuration=configuration,
        router=router,
        share=found.share.hurts,
        edges="\n".join(f"In some phase it hurts with {edge}." for edge in found.edges),
        ended_by="; ".join(found.ended_by) or "none of the lines that were tried",
        at_other_times="; ".join(found.at_other_times) or "none of the lines that were tried",
        not_ended_by="; ".join(found.not_ended_by) or "none of the lines that were tried",
        fault=code_of(found.inside.acts, words),
        phase=max(1, round(found.inside.phase / ms)),
        watch=-(-found.inside.ends // s) + SETTLED_S,
        check=CHECKS[found.kind.harm],
    )


def code_of(acts: tuple[Act, ...], words: dict[str, Word]) -> str:
    """Their fault as Python, to the millisecond."""
    lines = [f"{words[act.word].code(act.lasts)}{_later(act.begin)}" for act in acts]
    return lines[0] if len(lines) == 1 else "(\n        " + "\n        & ".join(lines) + "\n    )"


def _later(begin: int) -> str:
    return f".later({round(begin / ms):_} * ms)" if begin >= ms // 2 else ""
