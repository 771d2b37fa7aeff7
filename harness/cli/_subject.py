"""What `harness search` and `harness foresee` are asked about: a site's files, or a configuration of the lab."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._console import say
from harness.cli._examined import examined
from harness.lab import compose
from harness.model.configuration import DEFAULT
from harness.model.errors import UsageError
from harness.search.subject import Subject, of_configuration, of_site

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="The site's files, with a pair.toml; else --configuration.")
]
ConfigurationName = Annotated[
    str, typer.Option("--configuration", metavar="NAME", help="Without DIR: a configuration of the lab.")
]
Router = Annotated[
    str, typer.Option("--router", metavar="NAME", help="Which virtual router; without it the one that customers ask.")
]


def subject(folder: Path | None, configuration: str) -> Subject:
    """Raises `UsageError` for files that were refused and for two subjects, `UnknownName` for a configuration."""
    if folder and configuration != DEFAULT:
        raise UsageError(f"{folder} and --configuration {configuration} are two pairs: name one of them.")
    if folder is None:
        return of_configuration(configuration, compose.topology(()))
    found = examined(folder)
    if found.pair is None:
        raise UsageError(found.report.sentence)
    return at_rest(of_site(folder.resolve().name, found.pair))


def at_rest(chosen: Subject) -> Subject:
    """Raises `UsageError` for a pair in which several nodes are master: the model begins with one master at rest."""
    if chosen.never_rests:
        raise UsageError(
            f"{chosen.name} cannot be searched or foreseen: without any fault several nodes are master. "
            f"{chosen.never_rests} Mend that first; harness lint names the line."
        )
    return chosen


def say_left_out(chosen: Subject) -> None:
    for line in chosen.left_out:
        say(f"not in the model: {line}")
