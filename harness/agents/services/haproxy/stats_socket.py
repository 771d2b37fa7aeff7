"""Finds the socket of a HAProxy's runtime API: ``stats socket`` in the files that its process was started with.

Management guide of HAProxy, section 3: ``-f`` names a file, or a folder of ``.cfg`` files, and may be repeated; each
argument behind ``--`` is a file. Configuration manual, 2.2 to 2.4: quotes, comments and variables; 3.1: `stats socket`.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from stat import S_ISDIR
from typing import Final

from harness.agents.services.node_files import NodeFiles
from harness.agents.services.processes import arguments, environment
from harness.model.errors import AgentError

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")


class NoStatsSocket(AgentError):
    """HAProxy runs, but its files name no socket. That does not mean that it is down."""


class NotStarted(AgentError):
    """The process names no configuration: a shell that will become HAProxy, or a master that executes itself anew.

    During execve(2) a process has no arguments: fs/proc/base.c, get_mm_cmdline.
    """


def find(init: int, master: int) -> str:
    """The path, in the node, of this process's socket; of several sockets one with `level admin`.

    Raises `NotStarted`, `NoStatsSocket`, or `OSError` for a file that cannot be read.
    """
    files, variables, started_with = NodeFiles.of(init), environment(master), configuration(arguments(master))
    if not started_with:
        raise NotStarted("HAProxy has not started yet")
    named = [path for name in started_with for path in _files(files, name)]
    found = [each for path in named for each in sockets(files.read(path).decode(errors="replace"), variables)]
    if not found:
        raise NoStatsSocket(f"no `stats socket` with a path in {', '.join(named) or ', '.join(started_with)}")
    return min(found, key=lambda each: "admin" not in each[1])[0]


def configuration(words: Sequence[str]) -> list[str]:
    """The files and folders that a HAProxy with these arguments reads; relative paths begin at ``-C``."""
    end = words.index("--") if "--" in words else len(words)
    options, rest = words[:end], words[end + 1 :]
    folder = next((value for option, value in pairwise(options) if option == "-C"), "/")
    named = [value for option, value in pairwise(options) if option == "-f"]
    return [str(PurePosixPath(folder, name)) for name in (*named, *rest)]


def sockets(text: str, variables: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """(path, what follows it) of every ``stats socket`` that is a file. Others (TCP, abstract) cannot be reached.

    Only lines with that word are parsed: all of a thousand lines would take 0.1 s of the agent's loop.
    """
    for line in (each for each in text.splitlines() if "socket" in each):
        match _words(line):
            case ["stats", "socket", address, *rest]:
                path = _expanded(address, variables).removeprefix("unix@")
                if path.startswith("/"):
                    yield path, rest


def _files(files: NodeFiles, name: str) -> list[str]:
    if not S_ISDIR(files.stat(name).st_mode):
        return [name]
    return [f"{name}/{each}" for each in files.names(name) if each.endswith(".cfg") and not each.startswith(".")]


def _words(line: str) -> list[str]:
    """No words for a line whose quoting only HAProxy understands: `stats socket` needs no such quoting."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def _expanded(word: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], ""), word)
