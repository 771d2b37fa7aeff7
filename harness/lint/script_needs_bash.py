"""A check of /bin/sh that is written for bash."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._checks import Check, checks
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.node_check import words_of

_OF_SH: Final = re.compile(r"#!\s*(?:/usr)?/bin/(?:env\s+)?(?:sh|dash)(?:\s|$)")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*")
_OF_BASH: Final = re.compile(
    r"(?:^|(?<=[\s;!(]))\[\[(?=\s)|<<<|/dev/tcp/|^\s*source\s|(?<=\w)=\((?!\()|(?<=\s)<\(|^\s*function\s+\w"
)
_SHELLS: Final = ("sh", "dash")


@rule("warning", outage="The check fails on every node from the start: the address is on none.", experiment="killed")
def script_needs_bash(pair: Pair) -> Iterator[Found]:
    """dash, which is /bin/sh of Debian and Ubuntu, knows no `[[`, `<<<`, `source`, lists and /dev/tcp: the line is an
    error, whatever HAProxy does. `bash` tests such a script well on the command line. A warning, since /bin/sh is bash
    elsewhere. Judged are the scripts of checks whose first line names sh, or that are run with sh. Source: POSIX,
    shell command language; dash(1)."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for check in checks(member) for found in _lines(member.node, check))


def _lines(node: PairNode, check: Check) -> Iterator[Found]:
    words = words_of(check.script.command)
    shell = words[0].rpartition("/")[2] if words else ""
    file = node.site.file(words[1] if shell in _SHELLS and len(words) > 1 else words[0]) if words else None
    if file is None or not (shell in _SHELLS or _OF_SH.match(file.text)):
        return
    for number, line in enumerate(file.text.splitlines(), 1):
        if number > 1 and (found := _OF_BASH.search(_COMMENT.sub("", line))):
            said = (
                f"The check {check.name} of {node.name} is run by /bin/sh, and {found[0].strip()} is bash's: where sh "
            )
            yield Found(
                node.at_path(file.path, number), f"{said}is dash, it fails whatever HAProxy does.", "#!/bin/bash"
            )
            return
