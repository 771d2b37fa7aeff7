"""A check written as a line of shell, which keepalived runs without a shell."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import program_of
from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched
from harness.model.node_check import words_of

_SHELLS: Final = ("sh", "bash", "dash", "ash", "ksh", "zsh")
_OPERATORS: Final = re.compile(r"\|\|?|&&?|;|\d?>>?(?:&\d|\S+)?|<\S*|\$\(.*|`.*|2>&1")
_REFUSES: Final = (
    "killall", "kill", "pgrep", "pkill", "ps", "ss", "netstat", "lsof", "curl", "wget", "nc", "ncat", "netcat",
    "ping", "grep", "test", "[",
)  # fmt: skip
"""They fail if any word is none of theirs. Of several names, pidof, fuser and ``systemctl is-active`` take what they
find."""
_QUIET: Final = re.compile(r"-[A-Za-z]*q[A-Za-z]*|--quiet|--silent")
"""Of grep: it ends well at the first match, whatever the files after it are."""
_DEV_TCP: Final = re.compile(r"[<>]\s*/dev/(?:tcp|udp)/")
_BY_BASH: Final = re.compile(r"\bbash\b")


@rule(
    "error",
    outage="The check fails whatever runs: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_needs_shell(pair: Pair) -> Iterator[Found]:
    """keepalived runs the program of `script` itself, and ``||``, ``|``, ``>`` and ``;`` are arguments like others:
    ``killall -0 haproxy || exit 1`` looks for processes named ``||``, ``exit`` and ``1`` too and fails, pgrep and nc
    refuse a second word, curl asks for a host of that name. A note of other programs, such as pidof, which takes any
    name that it finds. A script that begins with ``</`` goes to /bin/sh; /dev/tcp is bash's own, and where /bin/sh is
    dash (Debian, Ubuntu) the check always fails: a warning, since elsewhere /bin/sh is bash. Source:
    system_call_script() in lib/notify.c."""
    yield from once(found for router in pair.routers for member in router.members for found in _found(member))


def _found(member: Member) -> Iterator[Found]:
    for check in checks(member):
        command = check.script.command
        if _DEV_TCP.match(command.strip("'\"").lstrip()):
            yield _only_bash(member, check)
        elif operators := _operators(command):
            yield _arguments(member, check, operators)
        elif _plain_shell_without(member, command):
            yield _only_bash(member, check)


def _operators(command: str) -> list[str]:
    """The first word is the program; what follows ``sh -c`` is the shell's."""
    program, *rest = words_of(command) or [""]
    if program.rpartition("/")[2] in (*_SHELLS, "env", "timeout", "sudo", "su", "flock", "awk"):
        return []
    return [word for word in rest if _OPERATORS.fullmatch(word)]


def _plain_shell_without(member: Member, command: str) -> bool:
    """``#!/bin/sh`` and /dev/tcp."""
    file = member.node.site.file(program_of(command))
    if not file or not re.match(r"#!\s*/(?:usr/)?bin/(?:da)?sh\s", file.text):
        return False
    return any(_opens_tcp(line) for line in told(file.text).splitlines())


def _opens_tcp(line: str) -> bool:
    found = _DEV_TCP.search(line)
    return found is not None and not _BY_BASH.search(line[: found.start()])


def _arguments(member: Member, check: Check, operators: list[str]) -> Found:
    program = program_of(check.script.command).rpartition("/")[2]
    said = (
        f"The check {check.name} of {member.node.name} has {operators[0]!r} in its command. keepalived runs no shell: "
        f"{program} gets it, and the words after it, as arguments"
    )
    refuses = _refuses(program, check.script.command)
    severity: Severity | None = None
    if not refuses:
        severity = "note"
    elif not check.tracker.faults and is_watched(member, check.name):  # all nodes are lowered alike
        severity = "warning"
    effect = ", and fails whatever runs" if refuses else ""
    return Found(check.place, f"{said}{effect}.", "the command alone, or a script file with `#!/bin/sh`", severity)


def _refuses(program: str, command: str) -> bool:
    return program in _REFUSES and not (program == "grep" and any(map(_QUIET.fullmatch, words_of(command))))


def _only_bash(member: Member, check: Check) -> Found:
    said = (
        f"The check {check.name} of {member.node.name} asks by /dev/tcp, which only bash has, and /bin/sh runs it: "
        "where that is dash (Debian, Ubuntu), the check always fails."
    )
    instead = "/usr/bin/bash -c '</dev/tcp/127.0.0.1/PORT' as its command, or `#!/bin/bash` in its script"
    return Found(check.place, said, instead, "warning")
