"""What a check script asks of HAProxy, as far as its command and the script files that it names tell."""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Final

from harness.lint._asks import asks, told
from harness.model.units import s
from harness.simulation.watch import Asking, Reader

_HAPROXY: Final = re.compile(r"hap", re.IGNORECASE)  # also HAProxy Enterprise's hapee-lb
_ONLY_READS: Final = re.compile(r"\bhaproxy\b[^|;&\n]*\s-(?:c|v|vv)\b")
"""It reads the file, or tells its version: the HAProxy that runs is not asked."""
_REQUEST: Final = re.compile(r"\b(?:GET|HEAD|OPTIONS) /")
_WAITS: Final = re.compile(r"(?:--max-time|\s-m|\btimeout)['\"]*\s+['\"]?(\d+(?:\.\d+)?)\b")
_SOCAT_WAITS: Final = re.compile(r"\bsocat\b[^|;&\n]*\s-t")
_HERE: Final = re.compile(r"|localhost|127\..*|::1|\*")


def follows(command: str, files: Mapping[str, str], own: Collection[str] = ()) -> Asking:
    """`files`: path or name → text. `command`: as written, or as a dump has it. `own`: addresses of the node.

    A request to HAProxy follows its answer. A bare connection does not: the kernel takes it for a HAProxy that hangs.
    Anything but these and a look at processes is `nothing`: also a question to a VIP, which may be on another node.
    """
    command = command.replace("'", "") if "' '" in command else command
    scripts = [text for word in _words(command) if (text := _file(word, files)) is not None]
    done = "\n".join(map(told, (command, *scripts)))
    asked = [ask for ask in asks(command, scripts) if _HERE.fullmatch(ask.host) or ask.host in own]
    if any(ask.kind != "connect" for ask in asked) or _REQUEST.search(done):
        return Asking("answer", _waits(done))
    if asked:
        return Asking("connection")
    if _HAPROXY.search(_unnamed(done, command)) and not _ONLY_READS.search(done):
        return Asking("process")
    return Asking("nothing")


def reader(files: Mapping[str, str], own: Collection[str] = ()) -> Reader:
    return lambda command: follows(command, files, own)


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
