"""What `haproxy -c` prints (HAProxy 3.0), as problems of lines. An alert: it does not start. A warning: it does."""

import re
from collections.abc import Iterator
from typing import Final

from harness.model.file_problem import Problem, Severity, quoted

PATH: Final = "/etc/haproxy/haproxy.cfg"

_MESSAGE = re.compile(r"\[(ALERT|WARNING)\]\s+\(\d+\) : (?:config : )?(.*)")
_PLACE = re.compile(r"(?:[Pp]arsing |Binding )?\[([^\]:]+):(\d+)\](?:\s*:\s*| for )(.*)")
_SUMMARY = re.compile(r"Error\(s\) found in configuration|Fatal errors found in configuration|Failed to initialize")
_CONTINUED = "   | "


def haproxy_problems(node: str, text: str, status: int, output: str) -> list[Problem]:
    """`text`: the haproxy.cfg that was tested. A status that no message explains is a problem of its own."""
    found = list(_problems(node, text, output))
    if status and not any(problem.severity == "will not run" for problem in found):
        last = output.strip().splitlines()[-1:] or ["It said nothing."]
        found.append(Problem(node, PATH, 0, "will not run", f"haproxy -c ended with exit status {status}: {last[0]}"))
    return found


def _problems(node: str, text: str, output: str) -> Iterator[Problem]:
    for message in output.replace(f"\n{_CONTINUED}", " ").splitlines():
        if (found := _MESSAGE.match(message)) and not _SUMMARY.search(message):
            severity: Severity = "will not run" if found[1] == "ALERT" else "harmless"
            place = _PLACE.match(found[2])
            path, line, said = (place[1], int(place[2]), place[3]) if place else (PATH, 0, found[2])
            yield Problem(node, path, line, severity, said, quoted(text, line) if path == PATH else "")
