"""Does HAProxy seem to run in a container? Its engine may publish another port than HAProxy binds."""

import re
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import checks
from harness.lint._commands import text_of
from harness.lint._pair import Member

_DNS_OF_DOCKER: Final = re.compile(r"^nameserver .*\b127\.0\.0\.11\b")
_ENGINES: Final = re.compile(r"(?<![\w.-])(?:docker|podman|nerdctl|crictl)\s+[a-z-]")


def in_container(member: Member) -> bool:
    """By the name server of Docker's networks in haproxy.cfg, or a check that runs an engine's program.

    Neither the name of a backend nor a comment tells it, nor a log to standard output, which systemd takes too.
    """
    node = member.node
    lines = (" ".join(line.words) for section in node.haproxy.sections for line in section.lines)
    if any(map(_DNS_OF_DOCKER.search, lines)):
        return True
    return any(_ENGINES.search(told(text_of(node, check.script.command))) for check in checks(member))
