"""Deaths at random instants while every kind of fault is held: nothing may be left, and all is gone in time.

Of each ten: seven clients and streams, two agents, one client that is stopped beyond its lease. `docker kill` of an
agent and the death of the engine are not here: nothing restarts what they end (docs/undo.md).
"""

import random
import time
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from typing import Final

import msgspec

from harness.bench import vocabulary
from harness.bench.deaths import AGENTS, Death, Victim, die
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.bench.temporary_lab import temporary_lab
from harness.model.errors import HarnessError
from harness.report.number import number

ROUND: Final[tuple[Victim, ...]] = (
    "client", "stream", "hand", "client", "stream", "client", "service", "stream", "client", "stopped",
)  # fmt: skip
APART_S: Final = 11.0
"""Between two deaths of an agent: one that lives for 10 s is started again at once, Docker forgets its backoff."""
SEED: Final = 11


def soak(asked: Soak) -> SoakResult:
    """Each death is a line of INTO/deaths.jsonl."""
    deaths: list[Death] = []
    with temporary_lab(f"{asked.lab}-deaths", "databases"), (asked.into / "deaths.jsonl").open("wb") as log:
        for each in _each(asked, random.Random(SEED)):  # noqa: S311 - no secret
            deaths.append(each)
            log.write(msgspec.json.encode(each) + b"\n")
            log.flush()
    return SoakResult(sentence(deaths), tuple(unmet(deaths)), {})


def unmet(deaths: list[Death]) -> Iterator[str]:
    """Also too few deaths in which a fault was in force: they would have shown nothing."""
    held = sum(bool(each.held) for each in deaths)
    if held < len(deaths) / 2:
        yield f"A fault was in force in only {held} of {len(deaths)} deaths."
    for each in deaths:
        yield from each.unmet


def _each(asked: Soak, chance: random.Random) -> Iterator[Death]:
    lab, typed, agents_at = f"{asked.lab}-deaths", vocabulary.arguments(), -APART_S
    for fault, victim in drawn(list(typed), asked.trials, chance):
        if victim in AGENTS:
            time.sleep(max(0.0, agents_at + APART_S - time.monotonic()))
        try:
            death = die(lab, fault, typed[fault], victim, chance)
        except HarnessError as error:
            death = Death(fault, victim, 0, 0, None, None, (f"{type(error).__name__}: {error}",))
        if victim in AGENTS:
            agents_at = time.monotonic()
        asked.say(f"{fault}, {victim}: {'; '.join(death.unmet) or 'nothing is left'}")
        yield death


def drawn(faults: list[str], count: int, chance: random.Random) -> Iterable[tuple[str, Victim]]:
    """So many pairs: each fault once before any comes again, in an order of chance."""
    order = [fault for _ in range(count // len(faults) + 1) for fault in chance.sample(faults, len(faults))]
    return zip(order[:count], islice(cycle(ROUND), count), strict=True)


def sentence(deaths: list[Death]) -> str:
    """How many of which, in how many a fault was in force, and the longest times."""
    held = [each for each in deaths if each.held]
    clean = sum(not any(each.unmet) for each in deaths)
    times = "; ".join(f"{victim}: {told}" for victim in dict.fromkeys(ROUND) if (told := _longest(held, victim)))
    return (
        f"{clean} of {len(deaths)} deaths left nothing and were in time; a fault was in force in {len(held)}, "
        f"of {len({each.fault for each in held})} kinds. Longest until all was released, ms: {times or 'none'}."
    )


def _longest(deaths: list[Death], victim: str) -> str:
    times = [each.all_ms for each in deaths if each.victim == victim and each.all_ms is not None]
    return f"{number(max(times))} (n = {len(times)})" if times else ""


PART = SoakPart("deaths while every kind of fault is held", 300, lambda n: 2 + n * 0.14, soak)
