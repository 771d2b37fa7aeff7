"""Services of a site's nodes that do not stay up on the lab: then nothing is known of the pair. The log says why."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.lab.exec import find_container
from harness.lab.lab import Lab

_SERVICES: Final = ("haproxy", "keepalived")
_YOUNG_S: Final = 5  # the pair had 40 s to come to rest
_AGE: Final = re.compile(r"^run: .*?\) (\d+)s")
_SAYS_WHY: Final = ("ALERT", "Fatal", "ERROR", "error")


def unstable(lab: Lab, nodes: Iterable[str]) -> list[str]:
    """One sentence for each service that is down, or began a moment ago."""
    return [said for node in nodes for said in _of(lab, node)]


def _of(lab: Lab, node: str) -> Iterator[str]:
    container = find_container(lab.docker, lab.name, node)
    for service in _SERVICES:
        output = container.exec_run(["sv", "status", f"/etc/service/{service}"]).output
        assert isinstance(output, bytes), "it is no stream"
        told = output.decode(errors="replace")
        found = _AGE.match(told)
        if found is None or int(found[1]) < _YOUNG_S:
            lines = container.logs(stream=False, tail=200).decode(errors="replace").splitlines()
            why = next((line for line in reversed(lines) if any(word in line for word in _SAYS_WHY)), "")
            yield f"{service} of {node} does not stay up on the lab: {why.partition(f'{service}: ')[2] or told.strip()}"
