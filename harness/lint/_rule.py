"""What a rule is: a pure function of a pair, one file each. It yields what it found."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from harness.lint._finding import Finding, Severity
from harness.lint._pair import Pair
from harness.lint._place import Place


class Found(NamedTuple):
    """`instead`: what to write. `severity`: if it is not the rule's own."""

    place: Place
    sentence: str
    instead: str = ""
    severity: Severity | None = None


Search = Callable[[Pair], Iterator[Found]]


class Rule(NamedTuple):
    """`about`: the docstring. `outage`: what it leads to. `experiment`: the fault that shows it on a lab.

    `undecided`: a finding says that something is missing, so there is no verdict.
    """

    name: str
    severity: Severity
    about: str
    outage: str
    experiment: str
    undecided: bool
    search: Search

    def __call__(self, pair: Pair) -> list[Finding]:
        return [
            Finding(
                self.name,
                found.severity or self.severity,
                found.place.file,
                found.place.line,
                found.sentence,
                found.instead,
                self.experiment,
            )
            for found in self.search(pair)
        ]


def rule(severity: Severity, *, outage: str, experiment: str = "", undecided: bool = False) -> Callable[[Search], Rule]:
    """Decorator: the rule gets the function's name, with hyphens."""

    def decorate(search: Search) -> Rule:
        name = search.__name__.replace("_", "-")
        about = " ".join((search.__doc__ or "").split())
        return Rule(name, severity, about, outage, experiment, undecided, search)

    return decorate
