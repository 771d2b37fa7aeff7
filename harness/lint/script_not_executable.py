"""A check's script has no execute bit, or a first line that names no program."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._explained import messages
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._programs import programs, without
from harness.lint._rule import Found, rule

_ANY: Final = 0o111
_CARRIED: Final = re.compile(rb"#!\s*/\S+?(?P<env>/env[ \t]+\S[^\r\n]*)?\r\n")
"""Written on Windows: the kernel looks for a program whose name ends in a carriage return."""
_CARRIED_OPTION: Final = re.compile(rb"#!\s*/\S*?(?P<program>(?:ba|da|a|k)?sh|python[\d.]*)[ \t]+-[^\r\n]*\r\n")
"""``#!/bin/sh -e``: the kernel hands over all that follows as one argument. perl takes it for a blank."""
_RUN_BY_KERNEL: Final = (b"#!", b"\x7fELF")
_BOM: Final = b"\xef\xbb\xbf"


class _Wrong(NamedTuple):
    """`fails`: the check always fails; else keepalived takes it as a success."""

    said: str
    instead: str
    fails: bool = False


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_not_executable(pair: Pair) -> Iterator[Found]:
    """A check that cannot be executed counts as success (keepalived #2126); `keepalived -t` says nothing of it.

    At a start keepalived says that it disables the script. A first line that ends in a carriage return, that is not
    ``#!…``, or that begins with a byte order mark has the same effect in 2.3.3, and keepalived says nothing of it:
    unlike a shell, it does not read such a file as shell text. Where a shell gets the carriage return as an option, as
    in ``#!/bin/sh -e``, the check always fails. A notify script is a warning, and so is a check of an
    instance that has another check of HAProxy. Source: is_executable() in lib/notify.c.
    """
    yield from once(found for node in pair.nodes for found in (*_unable(node), *_interpreter(node)))


def _unable(node: PairNode) -> Iterator[Found]:
    users = {said["name"]: said["user"] for _, said in messages(node, "script-not-executable")}
    for named in programs(node):
        file = node.site.file(named.program)
        if named.program in users or (file and not file.mode & _ANY):
            yield Found(
                named.place,
                f"{named.program} cannot be executed{_as(users.get(named.program, ''))}{_mode(node, named.program)}: "
                f"keepalived disables {named.what} and goes on.",
                f"chmod 755 {named.program}",
                without(node, named),
            )


def _interpreter(node: PairNode) -> Iterator[Found]:
    for named in programs(node):
        file = node.site.file(named.program)
        if file and file.mode & _ANY and (wrong := _first_line(file.content)):
            effect = f"{named.what} fails" if wrong.fails else f"keepalived takes {named.what} as a success"
            said = f"The first line of {named.program} {wrong.said}: {effect}, whatever happens."
            yield Found(named.place, said, wrong.instead.format(named.program), without(node, named))


def _first_line(content: bytes) -> _Wrong | None:
    """None if the kernel can run it. An empty file names no program either."""
    if found := _CARRIED.match(content):
        why = "env finds no such program" if found["env"] else "no program runs it"
        said = f"ends in a carriage return, so {why}"
        return _Wrong(said, "sed -i 's/\\r$//' {}", fails=bool(found["env"]))
    if found := _CARRIED_OPTION.match(content):
        said = f"ends in a carriage return, which {found['program'].decode()} takes for an option"
        return _Wrong(said, "sed -i 's/\\r$//' {}", fails=True)
    if content.startswith(_BOM):
        return _Wrong("begins with a byte order mark, so no program runs it", "sed -i '1s/^\\xef\\xbb\\xbf//' {}")
    if not content.startswith(_RUN_BY_KERNEL):
        return _Wrong("names no program, so none runs it", "`#!/bin/sh` as the first line of {}")
    return None


def _as(user: str) -> str:
    return f" by uid:gid {user}" if user else ""


def _mode(node: PairNode, program: str) -> str:
    file = node.site.file(program)
    return f" (its mode is {file.mode:04o})" if file else ""
