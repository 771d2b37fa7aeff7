"""Problems of files as a report for people: file, line, message; and whether they refuse the configuration."""

from collections.abc import Iterable
from typing import Final

from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.model.file_problem import Problem
from harness.model.topology import Topology

_SHOWN: Final = 15  # places; one mistake early in a file makes many
_ACCEPT: Final = "--accept-changed goes on without those lines."


class FilesRefused(UsageError):
    """`problems`: those that refuse the configuration, without the harmless ones."""

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(text)
        self.problems = problems


def report(
    topology: Topology, configuration: Configuration, problems: Iterable[Problem], *, accept_changed: bool
) -> list[str]:
    """The problems that do not refuse the configuration, as lines for people. Raises `FilesRefused` for the others."""
    told = list(dict.fromkeys(problems))
    refusing = ("will not run",) if accept_changed else ("will not run", "lost")
    refused = tuple(each for each in told if each.severity in refusing)
    if refused:
        raise FilesRefused(_refusal(topology, configuration, refused), refused)
    return _lines(topology, configuration, told)


def _refusal(topology: Topology, configuration: Configuration, refused: tuple[Problem, ...]) -> str:
    lines = _lines(topology, configuration, refused)
    more = [f"  and {len(lines) - _SHOWN} places more."] if len(lines) > _SHOWN else []
    way_out = [_ACCEPT] if all(each.severity == "lost" for each in refused) else []
    head = f"Configuration {configuration.name} would not run as it is written; nothing was started."
    return "\n".join([head, *lines[:_SHOWN], *more, *way_out])


def _lines(topology: Topology, configuration: Configuration, problems: Iterable[Problem]) -> list[str]:
    """One line for each place in the site's own files, with every node that it concerns; in the order of the places."""
    nodes: dict[tuple[str, int, str, str], list[str]] = {}
    for problem in problems:
        key = (_shown(topology, configuration, problem), problem.line, problem.said, problem.quoted)
        nodes.setdefault(key, []).append(problem.node)
    return [_line(where, line, said, text, names) for (where, line, said, text), names in sorted(nodes.items())]


def _shown(topology: Topology, configuration: Configuration, problem: Problem) -> str:
    """The site's own path; a template's lines are not those of the file that a node gets."""
    source = configuration.origins(topology, problem.node).get(problem.path)
    if source is None:
        return problem.path
    return f"{source.shown} as {problem.node} gets it" if source.template else source.shown


def _line(where: str, line: int, said: str, text: str, nodes: list[str]) -> str:
    place = f"{where}:{line}" if line else where
    return f"  {place} ({', '.join(dict.fromkeys(nodes))}): {said}" + (f"\n      {text}" if text else "")
