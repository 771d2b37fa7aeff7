"""How a verb gets a site: from a folder with a pair.toml, or from options that name the files of each node."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from harness.cli._console import one_line, say
from harness.model.errors import BadValue
from harness.model.release import RELEASES
from harness.site import pair_file
from harness.site.draft import draft_named
from harness.site.draft_text import text
from harness.site.site import Site

Nodes = Annotated[
    list[str] | None, typer.Option("--node", metavar="NAME=FILE,…", help="A node's files in DIR, without a pair.toml.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NODE:KEYWORD=VALUE,…", help="What differs on a node that shares a keepalived.conf."),
]
Release = Annotated[
    str,
    typer.Option(
        "--release",
        metavar="RELEASE",
        help=f"Debian release of the nodes' programs, {' or '.join(RELEASES)}; per node: lb1=bookworm,lb2=trixie.",
    ),
]


def read_site(folder: Path, nodes: Sequence[str], settings: Sequence[str], release: str = "") -> Site:
    """From pair.toml, or from the files of each node as options name them. Raises `UsageError`."""
    if not nodes:
        return pair_file.read(folder, settings, release)
    drafted = draft_named(folder, dict(map(_named, nodes)))
    for each in (*drafted.missing, *drafted.guessed):
        say(one_line(each))
    return pair_file.parse(folder, text(drafted), settings, release)


def _named(option: str) -> tuple[str, tuple[str, ...]]:
    name, equals, files = option.partition("=")
    if not (name and equals and files):
        raise BadValue("--node", option, "NAME=FILE,…")
    return name, tuple(PurePosixPath(each).as_posix() for each in files.split(","))
