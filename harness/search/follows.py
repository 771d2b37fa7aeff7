"""What a check script asks of HAProxy, as far as its command and the script files that it names tell."""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Final

from harness.lint._asks import asks, is_socket, told
from harness.lint._outcome import never_fails
from harness.model.node_check import words_of
from harness.model.units import s
from harness.simulation.watch import Asking, Reader

_HAPROXY: Final = re.compile(r"hap", re.IGNORECASE)  # also HAProxy Enterprise's hapee-lb
_ONLY_READS: Final = re.compile(r"\bhaproxy\b[^|;&\n]*\s-(?:c|v|vv)\b[^|;&\n]*")
"""It reads the file, or tells its version: the HAProxy that runs is not asked."""
_PROCESSES: Final = re.compile(
    r"\b(?:killall|pidof|pgrep|pkill|ps|is-active)\b|\bkill\s+-(?:0|s\s*0)\b|/proc/\$|\sstatus(?=[\s;|&>)'\"]|$)"
)
"""A file that HAProxy made is no process: it stays when HAProxy is killed."""
_SOCKETS: Final = re.compile(r"\b(?:ss|netstat|lsof|fuser)\b|\bsocat\b[^|;&\n]*/|\b(?:nc|ncat|netcat)\s[^|;&\n]*-\w*U")
_REFUSED: Final = re.compile(
    r"(?:\S*/)?(?:killall|kill|pgrep|pkill|ps|ss|netstat|lsof|fuser|curl|wget|nc|ncat|netcat|grep|test)"
    r"\s.*(?<=\s)(?:\|\|?|&&?|;|\d?>\S*)(?:\s|$)"
)
"""keepalived runs no shell: these programs take such a word as an argument and fail whatever runs."""
_REQUEST: Final = re.compile(r"\b(?:GET|HEAD|OPTIONS) /")
_WAITS: Final = re.compile(r"(?:--max-time|\s-m|\btimeout)['\"]*\s+['\"]?(\d+(?:\.\d+)?)\b")
_SOCAT_WAITS: Final = re.compile(r"\bsocat\b[^|;&\n]*\s-t")
_HERE: Final = re.compile(r"|localhost|127\..*|::1|\*")


def follows(command: str, files: Mapping[str, str], own: Collection[str] = ()) -> Asking:
    """`files`: path or name → text. `command`: as written, or as a dump has it. `own`: addresses of the node.

    A request to HAProxy follows its answer. A bare connection does not: the kernel takes it for a HAProxy that hangs.
    Anything but these and a look at processes is `nothing`: a question to a VIP, which may be on another node, a check
    that cannot fail, and one that always does.
    """
    if _tells_nothing(command, files):
        return Asking("nothing")
    command = command.replace("'", "") if "' '" in command else command
    scripts = scripts_of(command, files)
    done = "\n".join(map(told, (command, *scripts)))
    asked = [ask for ask in asks(command, scripts) if _is_here(ask.host) or ask.host in own]
    if any(ask.kind != "connect" for ask in asked) or _REQUEST.search(done):
        return Asking("answer", _waits(done))
    if asked:
        return Asking("connection")
    return _by_name(_ONLY_READS.sub("", done), command)


def _is_here(host: str) -> bool:
    return is_socket(host) or _HERE.fullmatch(host) is not None


def scripts_of(command: str, files: Mapping[str, str]) -> list[str]:
    """The texts of the script files that a command names."""
    return [text for word in _words(command) if (text := _file(word, files)) is not None]


def reader(files: Mapping[str, str], own: Collection[str] = ()) -> Reader:
    return lambda command: follows(command, files, own)


def _tells_nothing(command: str, files: Mapping[str, str]) -> bool:
    words = words_of(command[1:-1] if re.fullmatch(r"'.*' '.*'", command) else command)
    script = next((text for word in words[:2] if (text := _file(word, files)) is not None), "")
    return bool(never_fails(words, script) or _REFUSED.match(" ".join(words)))


def _by_name(done: str, command: str) -> Asking:
    """What looks for the name of HAProxy: among processes, or among sockets."""
    if not _HAPROXY.search(_unnamed(done, command)):
        return Asking("nothing")
    if _PROCESSES.search(done):
        return Asking("process")
    return Asking("connection" if _SOCKETS.search(done) else "nothing")


def _unnamed(done: str, command: str) -> str:
    """Without the path of the script itself: a name is no question."""
    return done.replace(next(iter(_words(command)), ""), "") if _words(command) else done


def _words(command: str) -> list[str]:
    return command.replace("'", " ").replace('"', " ").split()


def _file(word: str, files: Mapping[str, str]) -> str | None:
    return files.get(word, files.get(PurePath(word).name)) if not word.endswith(".cfg") else None


def _waits(text: str) -> int:
    """The longest time that it gives itself, ns; 0: none. socat waits half a second after all was sent."""
    if "socat" in text and not _SOCAT_WAITS.search(text):
        return s // 2
    return max((round(float(found) * s) for found in _WAITS.findall(text)), default=0)
