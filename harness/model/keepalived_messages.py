"""What `keepalived -t` prints (keepalived 2.3), as problems of lines.

Its exit status says little: 5 is a truncated password as well as a check that never runs, and 0 an include without a
file. So each message has a severity of its own here; an unknown message has that of the exit status.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from harness.model.file_problem import Problem, Severity, by_line, quoted
from harness.model.keepalived_text import MAIN

PATH: Final = f"/etc/keepalived/{MAIN}"

HARMLESS: Final = re.compile(
    r"SECURITY VIOLATION - scripts are being executed|Truncating auth_pass|since own interface|deprecated"
    r"|is configured on VRRP instance and sync group"
    r"|^(Starting Keepalived v|Running on Linux|Command line:|Opening file '|Configuration file /|Starting VRRP child)"
    r"|Please specify full path|default user '|better performance|Unable to lock process in memory"
)
"""Not reported: the pair does what is written all the same."""

RULES: Final[tuple[tuple[Severity, re.Pattern[str]], ...]] = (
    # The first that fits counts.
    ("harmless", re.compile(r"No VIP specified; at least one is sensible")),  # 2.3.3 becomes master of none
    (
        "will not run",
        re.compile(
            r"[Nn]on-existent interface|interface \S+ .*doesn't exist|Unknown interface|virtual router id must be set"
            r"|both use VRID|must have unicast_src_ip or interface|No VIP specified|is missing a parameter"
            r"|Can't initialize ipvs|Unable to set network namespace|permanent error|Unable to (find|read) config"
        ),
    ),
    (
        "lost",
        re.compile(
            r"not found|[Dd]isabling|[Ii]gnoring|[Uu]nknown|[Uu]nexpected|[Ii]nsecure|Unsafe permissions|not executable"
            r"|[Rr]emoving|[Mm]issing|Extra '|malformed|[Ii]nvalid|[Dd]uplicate|already|[Cc]annot|doesn't exist"
            r"|does(n't| not) support|no members|[Ss]kipping|not defined|No script|no matching|Config files missing"
            r"|clearing|[Rr]esetting|must be|must match|should be|assuming|defaulting|will not work|outside range"
            r"|not valid|[Rr]ounding|too long|Using default"
        ),
    ),
)
BY_STATUS: Final[Mapping[int, Severity]] = {0: "harmless", 5: "lost", 6: "harmless"}
"""Of a message that is not known. 6: scripts run without `enable_script_security`. Any other: it does not run."""

_PLACE = re.compile(r"\((?:(?P<file>[^()]*?): )?Line (?P<line>\d+)\)\s*(?P<said>.*)")
_STAMP = re.compile(r"^\w{3} \w{3} +\d+ [\d:]+ \d+: ")
_NAME = re.compile(
    r"track script (?P<script>\S+)|^\((?P<instance>[^()]+)\)|^(?P<first>\S+) and \S+ both use VRID"
    r"|[Ss]ync group (?P<group>\S+)"
)
_BLOCKS: Final = {
    "script": "vrrp_script", "instance": "vrrp_instance", "first": "vrrp_instance", "group": "vrrp_sync_group",
}  # fmt: skip


def keepalived_problems(node: str, files: Mapping[str, str], status: int, output: str) -> list[Problem]:
    """`files`: path → text of what was tested. One problem for each line; a status that no message explains is one."""
    found = _without_chatter(by_line(messages(node, files, status, output)))
    follows = BY_STATUS.get(status, "will not run")
    silent = follows != "harmless" and not output.strip()
    if silent or (follows == "will not run" and all(problem.severity != follows for problem in found)):
        found.append(Problem(node, PATH, 0, follows, f"keepalived -t ended with exit status {status}."))
    return found


def _without_chatter(found: list[Problem]) -> list[Problem]:
    """Where a known message says why it does not run, one that is not known is no reason beside it."""
    reasons = [each for each in found if _known(each.said) == "will not run"]
    return [each for each in found if not reasons or each.severity != "will not run" or each in reasons]


def messages(node: str, files: Mapping[str, str], status: int, output: str) -> Iterator[Problem]:
    """Each message by itself. Of those that name a block only, several may stand at one line."""
    for raw in output.splitlines():
        message = _STAMP.sub("", raw.strip())
        if not message or HARMLESS.search(message):
            continue
        place = _PLACE.match(message)
        said = place["said"] if place else message
        path, line = (_absolute(place["file"] or PATH, files), int(place["line"])) if place else _looked_up(said, files)
        yield Problem(node, path, line, _severity(said, status), said, quoted(files.get(path, ""), line))


def _severity(said: str, status: int) -> Severity:
    return _known(said) or BY_STATUS.get(status, "will not run")


def _known(said: str) -> Severity | None:
    return next((severity for severity, pattern in RULES if pattern.search(said)), None)


def _looked_up(said: str, files: Mapping[str, str]) -> tuple[str, int]:
    """A message from after parsing names its block only: the line where the block begins, or that of its script."""
    if not (found := _NAME.search(said)):
        return PATH, 0
    kind = found.lastgroup
    assert kind  # each way to be found has a group with a name
    head = re.compile(rf'\s*(@\S+\s+)?{_BLOCKS[kind]}\s+"?{re.escape(found[kind])}"?\s*({{|$)')
    for path, text in files.items():
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            if head.match(line):
                return path, _script_line(lines, number) if kind == "script" else number
    return PATH, 0


def _script_line(lines: list[str], number: int) -> int:
    """The ``script`` of the block that begins at line `number`; that line itself if it has none."""
    for ahead, line in enumerate(lines[number:], number + 1):
        if re.match(r"\s*(?:@\S+\s+)?script\s", line):
            return ahead
        if "}" in line:
            break
    return number


def _absolute(file: str, files: Mapping[str, str]) -> str:
    """keepalived names an included file as ``include`` does: relative to the folder of the file that includes it."""
    if file.startswith("/"):
        return file
    found = [path for path in files if path.endswith(f"/{file}")]
    return found[0] if len(found) == 1 else file
