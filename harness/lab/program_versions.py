"""Which keepalived, HAProxy and kernel a lab runs: a comparison of two runs must be able to say it."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lab.exec import find_container
from harness.lab.lab import Lab

_ASKED: Final = {"keepalived": ["keepalived", "--version"], "haproxy": ["haproxy", "-v"]}
_VERSION: Final = re.compile(r"\bv?(\d+\.\d+[\w.+~-]*)")


def program_versions(lab: Lab) -> dict[str, str]:
    """Program → version, of the first balancer: all balancers of a lab have one image. Without what is not told."""
    engine = lab.docker.version()
    known = {"engine": str(engine["Version"]), "kernel": str(engine.get("KernelVersion", ""))}
    balancers = [node.name for node in lab.topology.nodes.values() if node.kind == "balancer"]
    asked = dict(_asked(lab, balancers[0])) if balancers else {}
    return {name: version for name, version in (known | asked).items() if version}


def _asked(lab: Lab, node: str) -> Iterator[tuple[str, str]]:
    container = find_container(lab.docker, lab.name, node)
    for program, command in _ASKED.items():
        output = container.exec_run(command).output
        found = _VERSION.search(output.decode(errors="replace")) if isinstance(output, bytes) else None
        yield program, found[1] if found else ""
