"""What keepalived of a node watches beside adverts and its card, and how soon it can notice a failure."""

import shlex
from typing import Literal

import msgspec

NodeCheckKind = Literal["script", "process", "file", "bfd"]


class NodeCheck(msgspec.Struct, frozen=True):
    """`noticed_ns`: the shortest failure that it can notice. `recovers_ns`: it needs so long at most to succeed again.

    `text`: of a script its command in words, or what the file holds that it runs, where that is known.
    """

    name: str
    kind: NodeCheckKind
    noticed_ns: int = 0
    recovers_ns: int = 0
    text: str = ""


def script_check(name: str, interval_ns: int, fall: int, rise: int, text: str) -> NodeCheck:
    """So many runs in a row must fail: the first may come as the failure begins, the last just before it ends."""
    return NodeCheck(name, "script", (max(1, fall) - 1) * interval_ns, max(1, rise) * interval_ns, text)


def words_of(command: str) -> list[str]:
    """Of a file's line, or as a dump has it: with each word in quotation marks, the outer ones taken off."""
    try:
        return shlex.split(f"'{command}'" if "' '" in command else command)
    except ValueError:  # a quotation mark is never closed
        return command.split()
