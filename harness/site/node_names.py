"""Which nodes a folder of files has: from the names of its keepalived.conf files, or from the lines of a single one."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from harness.site.listing import FoundFile

GENERIC: Final = frozenset(
    {"conf", "config", "configs", "configuration", "etc", "files", "haproxy", "host_files", "hosts"}
    | {"keepalived", "nodes", "root", "rootfs", "servers"}
)
"""Names of folders that say nothing about a node."""
_CONDITION: Final = re.compile(r"^\s*@(?!\^)([A-Za-z0-9][\w.-]*)\s", re.MULTILINE)
_KEEPALIVED: Final = re.compile(
    r"^\s*(@\S+\s+)?(vrrp_instance|global_defs|vrrp_script|vrrp_sync_group|include)\b", re.MULTILINE
)
_OLD: Final = re.compile(r"\.(bak|old|orig|sample|example|save|dpkg-\w+|rpm\w+|swp)$|~$")
_DEFAULT: Final = ("lb1", "lb2")


class FoundNode(NamedTuple):
    """`label`: what stands for the node in names of files. `conditions`: it has ``@NAME`` lines of its own."""

    name: str
    label: str
    main: FoundFile
    conditions: bool = False


def is_main(file: FoundFile) -> bool:
    """A keepalived.conf, of whatever node."""
    named = "keepalived" in file.name and ".conf" in file.name and not _OLD.search(file.name)
    beside = file.source.split("/")[-2:-1] == ["keepalived"] and file.name.endswith(".conf")
    return file.name == "keepalived.conf" or ((named or beside) and reads_as_keepalived(file))


def reads_as_keepalived(file: FoundFile) -> bool:
    """Its name does not count: an option says that it is a node's."""
    return bool(_KEEPALIVED.search(file.text))


def found_nodes(files: Iterable[FoundFile]) -> list[FoundNode]:
    """None if there is no keepalived.conf. One file is of two nodes, or of those that its ``@NAME`` lines name, unless
    it lies in the tree of one machine, as `harness collect` gathers it."""
    mains = _without_included([file for file in files if is_main(file)])
    if len(mains) != 1 or _of_one_machine(mains[0]):
        labels = [_label(file) for file in mains]
        return [FoundNode(*each) for each in zip(_names(mains, labels), labels, mains, strict=True)]
    conditions = list(dict.fromkeys(_CONDITION.findall(mains[0].text)))
    if len(conditions) > 1:
        return [FoundNode(name, name, mains[0], conditions=True) for name in conditions]
    return [FoundNode(name, name, mains[0]) for name in _DEFAULT]


def _of_one_machine(file: FoundFile) -> bool:
    """lb1/etc/keepalived/keepalived.conf."""
    return bool(_label(file)) and "/etc/keepalived/" in file.source and not _CONDITION.search(file.text)


def _without_included(mains: list[FoundFile]) -> list[FoundFile]:
    """Beside a file of the usual name, others are its parts: keepalived/keepalived.conf and keepalived/vips.conf."""
    usual = {file.source.rpartition("/")[0] for file in mains if file.name == "keepalived.conf"}
    return [file for file in mains if file.name == "keepalived.conf" or file.source.rpartition("/")[0] not in usual]


def _label(file: FoundFile) -> str:
    """lb1/keepalived.conf, lb1/etc/keepalived/keepalived.conf, keepalived-lb1.conf, keepalived/lb1.conf: lb1."""
    own = re.sub(r"keepalived|\.conf", "", file.name).strip("-_. ")
    folders = [each for each in file.source.split("/")[:-1] if each.lower() not in GENERIC]
    return own or (folders[-1] if folders else "")


def _names(mains: list[FoundFile], labels: list[str]) -> list[str]:
    names = [_valid(f"lb{label}" if label.isdigit() else label) for label in labels]
    if len(set(names)) == len(names) and all(names):
        return names
    whole = [_valid(re.sub(r"[/_]|keepalived|\.conf", "-", file.source)) for file in mains]
    return [
        name if name and whole.count(name) == 1 else f"{name or 'lb'}-{number}" for number, name in enumerate(whole, 1)
    ]


def _valid(label: str) -> str:
    return re.sub(r"-+", "-", re.sub(r"[^A-Za-z0-9_.-]", "-", label)).strip("-_.")[:63].rstrip("-_.")
