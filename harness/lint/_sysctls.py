"""Kernel settings in the sysctl files that a site brought: sysctl.d(5), sysctl.conf(5)."""

import re
from typing import Final

from harness.site.site import SiteNode

_LINE = re.compile(r"-?\s*([^\s=#;]+)\s*=\s*(.*?)\s*")
_FOLDERS: Final = ("/etc/sysctl.d/", "/run/sysctl.d/", "/usr/local/lib/sysctl.d/", "/usr/lib/sysctl.d/")
_OLD: Final = "/etc/sysctl.conf"


def sysctls(node: SiteNode) -> dict[str, str]:
    """Name with dots → value. Files count in the order of their names, whatever their folder; the last one wins."""
    files = [each for each in node.files if each.path == _OLD or each.path.startswith(_FOLDERS)]
    found: dict[str, str] = {}
    for file in sorted(files, key=lambda each: (each.path == _OLD, each.path.rpartition("/")[2])):
        for line in file.text.split("\n"):
            if setting := _LINE.fullmatch(line.strip()):
                found[setting[1].replace("/", ".")] = setting[2]
    return found
