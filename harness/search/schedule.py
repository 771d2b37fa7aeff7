"""A schedule: which faults, when, for how long, and in which phase of the owner's adverts. Times in ns."""

from typing import NamedTuple

from harness.model.units import format_duration, us


class Act(NamedTuple):
    """The fault of a word (`words.Word.name`), from `begin` on, for `lasts`."""

    word: str
    begin: int
    lasts: int


class Schedule(NamedTuple):
    """`phase`: of the first act, after the owner's last advert."""

    acts: tuple[Act, ...]
    phase: int

    def __str__(self) -> str:
        """As commands are read: ``freeze lb-1 for 3.6 s & stopped lb-2 --service keepalived for 1 s at +0.5 s``."""
        return f"{' & '.join(map(_told, self.acts))}, {_rounded(self.phase)} after an advert"

    @property
    def words(self) -> tuple[str, ...]:
        """In order, whichever act comes first; a fault that comes twice is there twice."""
        return tuple(sorted(act.word for act in self.acts))

    @property
    def faults(self) -> str:
        """Without their times."""
        return " & ".join(self.words)

    @property
    def ends(self) -> int:
        return max(act.begin + act.lasts for act in self.acts)


def _told(act: Act) -> str:
    later = f" at +{_rounded(act.begin)}" if act.begin else ""
    return f"{act.word} for {_rounded(act.lasts)}{later}"


def _rounded(ns: int) -> str:
    return format_duration(round(ns / (100 * us)) * 100 * us)
