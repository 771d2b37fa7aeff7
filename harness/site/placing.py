"""Where the files of a folder lie in a node: by their place in a tree such as lb1/etc/…, their name, or who names them.

A guess never goes beyond what a file says: what no file names is left out, and said.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Final

from harness.site.listing import FoundFile
from harness.site.node_names import GENERIC, FoundNode, is_main
from harness.site.site import HAPROXY, KEEPALIVED

_ROOTS: Final = ("etc", "usr", "opt", "var", "srv", "root", "home", "lib")
_USUAL: Final = {
    "haproxy.cfg": HAPROXY,
    "nftables.conf": "/etc/nftables.conf",
    "rules.v4": "/etc/iptables/rules.v4",
}
_PARTS: Final = "/etc/haproxy/conf.d"
_INCLUDE: Final = re.compile(r"^\s*(?:@\S+\s+)?include[rmwba]?\s+\"?([^\s\"]+)", re.MULTILINE)
_SECTION: Final = re.compile(r"^(global|defaults|frontend|backend|listen|userlist|resolvers|peers)\b", re.MULTILINE)
_PATH: Final = re.compile(r"(?<![\w.$/-])/[\w.@+/-]+")
_SYSCTL: Final = re.compile(r"-?(net|vm|fs|kernel|dev)[./][\w./*-]+\s*=\s*\S.*")


def owners(file: FoundFile, nodes: list[FoundNode], files: Iterable[FoundFile]) -> list[FoundNode]:
    """The nodes that have the file: all, unless its path has the label of some."""
    if mine := [node for node in nodes if node.main.source == file.source]:
        return mine
    if is_main(file) and len({node.main.source for node in nodes}) > 1:
        return []
    said = [node for node in nodes if _is_said(file, node, nodes, {each.source for each in files})]
    longest = max((len(node.label) for node in said), default=0)
    return [node for node in said if len(node.label) == longest] or nodes


def _is_said(file: FoundFile, node: FoundNode, nodes: list[FoundNode], sources: set[str]) -> bool:
    """By a folder; or by its name, if it is a configuration's or each other node has one like it."""
    if not node.label:
        return False
    label = re.compile(rf"(?<![A-Za-z0-9]){re.escape(node.label)}(?![A-Za-z0-9])")
    folder, _, name = file.source.rpartition("/")
    if any(label.fullmatch(each) for each in folder.split("/")):
        return True
    others = [other.label.join(label.split(file.source)) for other in nodes if other is not node]
    return bool(label.search(name)) and ("haproxy" in name or any(other in sources for other in others))


def placed(node: FoundNode, files: list[FoundFile]) -> dict[str, str]:
    """Path in the node → source. `files`: those that the node may have."""
    found = {KEEPALIVED: node.main.source}
    for file in _left(files, found):
        if path := _in_tree(file, node):
            found.setdefault(path, file.source)
    for file in _left(files, found):
        if path := _by_kind(file):
            found.setdefault(path, file.source)
    _add_haproxy(files, found)
    texts = {file.source: file.text for file in files}
    while more := {path: file for path, file in _named(_left(files, found), texts, found) if path not in found}:
        found |= more
    return found


def _left(files: list[FoundFile], found: Mapping[str, str]) -> list[FoundFile]:
    taken = set(found.values())
    return [file for file in files if file.source not in taken]


def _in_tree(file: FoundFile, node: FoundNode) -> str:
    """lb1/etc/haproxy/haproxy.cfg lies in /etc/haproxy/haproxy.cfg."""
    parts = file.source.split("/")
    start = next((n for n, part in enumerate(parts[:-1]) if part in _ROOTS), None)
    if start is None or any(part != node.label and part.lower() not in GENERIC for part in parts[:start]):
        return ""
    return "/" + "/".join(parts[start:])


def _by_kind(file: FoundFile) -> str:
    if file.name.endswith(".conf") and _is_sysctl(file.text):
        return "/etc/sysctl.conf" if file.name == "sysctl.conf" else f"/etc/sysctl.d/{file.name}"
    return _USUAL.get(file.name, "")


def _is_sysctl(text: str) -> bool:
    lines = [line for each in text.splitlines() if (line := each.strip()) and line[0] not in "#;"]
    return bool(lines) and all(_SYSCTL.fullmatch(line) for line in lines)


def _add_haproxy(files: list[FoundFile], found: dict[str, str]) -> None:
    """Other files with HAProxy's sections: one is the file, more of them are read together from a folder."""
    parts = [file for file in _left(files, found) if file.name.endswith(".cfg") and _SECTION.search(file.text)]
    named = [file for file in parts if "haproxy" in file.name]
    if HAPROXY not in found and len(only := named if len(named) == 1 else parts) == 1:
        found[HAPROXY] = only[0].source
    for file in _left(parts, found):
        if HAPROXY not in found or PurePosixPath(file.source).parent.name.endswith(".d"):
            found.setdefault(f"{_PARTS}/{file.name}", file.source)


def _named(left: list[FoundFile], texts: Mapping[str, str], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """By an ``include`` of keepalived.conf, or by a path anywhere in the files that the node has already."""
    known = [texts[source] for source in found.values()]
    patterns = [PurePosixPath("/etc/keepalived", each) for text in known for each in _INCLUDE.findall(text)]
    paths = {PurePosixPath(path).name: path for text in known for path in reversed(_PATH.findall(text))}
    for file in left:
        pattern = next((each for each in patterns if _includes(each, file)), None)
        if pattern is not None:
            yield str(pattern.parent / file.name), file.source
        elif path := paths.get(file.name):
            yield str(PurePosixPath(path)), file.source


def _includes(pattern: PurePosixPath, file: FoundFile) -> bool:
    return fnmatch(file.name, pattern.name) and file.name.endswith(pattern.suffix)
