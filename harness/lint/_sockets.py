"""The sockets that a check asks, as far as its command and the site's own scripts name them."""

import re
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check
from harness.lint._commands import text_of
from harness.lint._pair import PairNode

_SOCKET: Final = re.compile(
    r"\bUNIX(?:-CONNECT|-CLIENT)?:(/[^\s,'\"|;)`]+)"
    r"|(?:\b(?:nc|ncat|netcat)\b[^|;]*\s-U|\s--unix-socket)[\s=]+['\"]?(/[^\s'\"|;)`]+)",
    re.IGNORECASE,
)
_VAR_RUN: Final = "/var/run/"


def asked(node: PairNode, check: Check) -> list[str]:
    """Paths; /var/run is /run."""
    text = told(text_of(node, check.script.command))
    return [plain(found[1] or found[2]) for found in _SOCKET.finditer(text)]


def plain(path: str) -> str:
    return f"/run/{path.removeprefix(_VAR_RUN)}" if path.startswith(_VAR_RUN) else path
