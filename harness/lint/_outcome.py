"""Whether a check can fail at all, by the text of its command and script. What cannot be told can fail."""

import re
from collections.abc import Sequence
from typing import Final

from harness.lint._asks import told

_SHELLS: Final = ("sh", "bash", "dash", "ash", "ksh", "zsh")
_WHATEVER: Final = "it ends with status 0 whatever it finds"
_WELL: Final = r"(?:(?:/usr)?/bin/)?(?:true|:|exit\s+0)"
_ENDS_WELL: Final = re.compile(rf"(?:\|\||;)\s*{_WELL}\s*;?\s*$")
_LAST_LINE: Final = re.compile(rf"{_WELL}\s*;?")
_MAY_FAIL: Final = re.compile(
    r"\bexit\s+(?!0\b)\S|\bexit\s*(?:[;)}|&]|$)|\bset\s+-\w*e|errexit|\bexec\s+[^\d<>{\s]|\btrap\b|^\s*(?:\.|source)\s"
    r"|\b(?:kill|pkill|killall)\b(?!\s+(?:-0|-s\s*0))|keepalived\b(?!/)|\bip\s+(?:-\S+\s+)*(?:a|addr|address|link|l)\b"
    r"|\bifconfig\b|\bifdown\b|reboot|shutdown|poweroff|\bhalt\b",
    re.MULTILINE,
)
"""Another status; or what takes the address away by itself: it stops keepalived, the card, the machine."""
_FINDS_ITSELF: Final = re.compile(
    r"""\bps\b[^|]*\|\s*grep\s+(?:-[a-zA-Z]+\s+)*['"]?hap\w*['"]?\s*(?:>\s*/dev/null\s*(?:2>&1)?)?\s*$"""
)


def never_fails(words: Sequence[str], script: str = "") -> str:
    """Why it always succeeds; "" if it may fail. `script`: the text of the site's file that the command runs."""
    if script:
        return _WHATEVER if _file_ends_well(script) else ""
    command = _of_shell(words)
    if _ENDS_WELL.search(command) and not _MAY_FAIL.search(_ENDS_WELL.sub("", command)):
        return _WHATEVER
    return "grep finds itself in the list of processes" if _FINDS_ITSELF.search(command) else ""


def _of_shell(words: Sequence[str]) -> str:
    """Empty without ``sh -c``: keepalived runs no shell, and || and ; are arguments of the program."""
    if len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS and words[1] == "-c":
        return words[2]
    return ""


def _file_ends_well(script: str) -> bool:
    first, _, _ = script.partition("\n")
    if not re.match(r"#!.*sh\s*$", first):  # also #!/bin/sh -e
        return False
    lines = [line for line in told(script).splitlines() if line.strip()]
    last = lines.pop() if lines else ""
    return _LAST_LINE.fullmatch(last.strip()) is not None and not _MAY_FAIL.search("\n".join(lines))
