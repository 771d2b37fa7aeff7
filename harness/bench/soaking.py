"""A part of the soak: found in its folder and done once. Its result is stored, so an interrupted soak can go on."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.bench import soak
from harness.model.outcome import RunOutcome

Say = Callable[[str], None]


@dataclass(frozen=True)
class Soak:
    """`into`: where results, logs and runs go. `lab`: prefix of the labs' names. `trials` 0: as the part has it."""

    into: Path
    lab: str
    trials: int
    say: Say


class SoakResult(msgspec.Struct, frozen=True):
    """`unmet`: a sentence for each unmet requirement. `outcomes`: lab → outcome."""

    sentence: str
    unmet: tuple[str, ...]
    outcomes: dict[str, RunOutcome]

    @property
    def met(self) -> bool:
        return not self.unmet


@dataclass(frozen=True)
class SoakPart:
    about: str
    trials: int
    minutes: Callable[[int], float]
    run: Callable[[Soak], SoakResult]


def find_soak_parts() -> dict[str, SoakPart]:
    """Name → part: every file of harness/bench/soak/."""
    names = [module.name for module in pkgutil.iter_modules(soak.__path__)]
    return {name: importlib.import_module(f"{soak.__name__}.{name}").PART for name in names}


def once(name: str, part: SoakPart, asked: Soak) -> SoakResult:
    """The result in the folder; without one, does the part. A part that is interrupted leaves no result."""
    kept = asked.into / f"{name}.json"
    if kept.exists():
        asked.say(f"{name}: done before ({kept}); remove it to do it again")
        return msgspec.json.decode(kept.read_bytes(), type=SoakResult)
    trials = asked.trials or part.trials
    asked.say(f"{name}: {part.about}, about {part.minutes(trials):.0f} minutes")
    result = part.run(Soak(asked.into, asked.lab, trials, asked.say))
    partial = kept.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    partial.replace(kept)
    return result
