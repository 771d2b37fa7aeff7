"""Whether a check can fail at all, by the text of its command and script. What cannot be told can fail."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from harness.lint._asks import told
from harness.lint._finds_itself import finds_itself, grep_finds_itself
from harness.lint._unknown_program import runs_unknown

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
_SHELL_FIRST: Final = re.compile(r"#!.*sh\s*(?:\n|$)")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*")
_ONLY_SAYS: Final = re.compile(r"(?:echo|printf|logger)\b[^|>;&]*(?:>&2|>\s*/dev/null)?")
_PID_FILE: Final = re.compile(r"(?<=\s)-[efs]\s+[\"']?(?P<file>/\S*\.pid)\b[\"']?")
_ASKS_NO_MORE: Final = re.compile(
    r"(?>\s|(?:/usr)?/bin/(?=test\b|\[)|[\[\]!;|&{}]|#!.*|\d?>\s*\S+|\b(?:if|then|else|fi|test|exit|return|sleep|true|\d+)\b"
    r"|\bsystemctl\s+(?:re)?start\s+\S+|\bservice\s+\S+\s+(?:re)?start\b)*+"
)
"""Atomic groups: a redirection can be read in many ways, and each line would multiply them."""
_ONE_PIPE: Final = re.compile(r"[^|;&`$]*\|(?:>&|[^|;&`$])*")
"""Two programs, and no more."""


def never_fails(words: Sequence[str], script: str = "", tracked: Collection[str] = ()) -> str:
    """Why it always succeeds; "" if it may fail.

    `script`: the text of the site's file that the command runs. `tracked`: the paths of files whose numbers keepalived
    reads: a check that writes one of them tells by it.
    """
    if script:
        ends = _WHATEVER if _file_ends_well(script, tracked) else ""
        return ends or _looks_for_a_file(script) or (finds_itself(words, script) if _SHELL_FIRST.match(script) else "")
    if _plainly_tests(words):
        return _looks_for_a_file(" ".join(words))
    command = _of_shell(words)
    if _ENDS_WELL.search(command) and not _may_act(_ENDS_WELL.sub("", command), tracked):
        return _WHATEVER
    return grep_finds_itself(command) if _ONE_PIPE.fullmatch(command) else _looks_for_a_file(command)


def _plainly_tests(words: Sequence[str]) -> bool:
    """``test -f FILE``, ``[ -f FILE ]``: with more words it fails."""
    if len(words) == 3:
        return words[0].rpartition("/")[2] == "test"
    return len(words) == 4 and words[0].rpartition("/")[2] == "[" and words[3] == "]"


def _of_shell(words: Sequence[str]) -> str:
    """Empty without ``sh -c``: keepalived runs no shell, and || and ; are arguments of the program."""
    if len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS and words[1] == "-c":
        return words[2]
    return ""


def _may_act(text: str, tracked: Collection[str]) -> bool:
    """Another status, or an effect without one."""
    return bool(_MAY_FAIL.search(text)) or runs_unknown(text) or any(path in text for path in tracked)


def _file_ends_well(script: str, tracked: Collection[str]) -> bool:
    if not _SHELL_FIRST.match(script):  # also #!/bin/sh -e
        return False
    every = [bare for line in script.splitlines() if (bare := _COMMENT.sub("", line).strip())]
    if every and every[-1] == "fi":
        every = _without_if(every)
    if not every or not _is_well(every[-1]):
        return False
    lines = [line for line in told(script).splitlines() if line.strip()]
    return not _may_act("\n".join(line for line in lines if not _LAST_LINE.fullmatch(line.strip())), tracked)


def _without_if(lines: list[str]) -> list[str]:
    """Up to the last line within an ``if`` at the end whose branches all end well; none if that is not plain to see.

    Where no branch is taken, ``if`` ends with status 0.
    """
    begun = max((n for n, line in enumerate(lines) if line.startswith("if ")), default=len(lines))
    within = lines[begun:]
    nested = any(re.match(r"(?:fi|done|esac)\b", line) for line in within[:-1])
    ends = [last for last, line in pairwise(within) if re.match(r"(?:else|elif|fi)\b", line)]
    plain = len(within) > 2 and not nested and all(map(_is_well, ends))
    return lines[:-1] if plain else []


def _is_well(line: str) -> bool:
    return bool(_LAST_LINE.fullmatch(line) or _ONLY_SAYS.fullmatch(line))


def _looks_for_a_file(script: str) -> str:
    text = told(script)
    found = _PID_FILE.search(text)
    if not found or not _ASKS_NO_MORE.fullmatch(_PID_FILE.sub("", text)):
        return ""
    return f"it asks only whether {found['file']} exists, and that file stays when HAProxy is killed"
