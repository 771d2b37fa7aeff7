"""Kernel settings in the sysctl files that a site brought: sysctl.d(5), sysctl.conf(5)."""

import re
from typing import Final, NamedTuple

from harness.site.site import SiteNode

_LINE = re.compile(r"-?\s*([^\s=#;]+)\s*=\s*(.*?)\s*")
_FOLDERS: Final = ("/etc/sysctl.d/", "/run/sysctl.d/", "/usr/local/lib/sysctl.d/", "/usr/lib/sysctl.d/")
_OLD: Final = "/etc/sysctl.conf"


class Sysctl(NamedTuple):
    """`path`: of the file, in the node. `line`: from 1."""

    value: str
    path: str
    line: int


def sysctl_lines(node: SiteNode) -> dict[str, Sysctl]:
    """Name with dots → setting. Files count in the order of their names, whatever their folder; the last one wins."""
    files = [each for each in node.files if each.path == _OLD or each.path.startswith(_FOLDERS)]
    found: dict[str, Sysctl] = {}
    for file in sorted(files, key=lambda each: (each.path == _OLD, each.path.rpartition("/")[2])):
        for number, line in enumerate(file.text.split("\n"), 1):
            if setting := _LINE.fullmatch(line.strip()):
                found[setting[1].replace("/", ".")] = Sysctl(setting[2], file.path, number)
    return found


def sysctls(node: SiteNode) -> dict[str, str]:
    """Name with dots → value."""
    return {name: each.value for name, each in sysctl_lines(node).items()}
