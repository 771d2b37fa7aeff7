"""A file beside others that are read, and whose name keeps it from being read."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived_text import MAIN
from harness.site.site import KEEPALIVED, SiteFile

_OF_HAPROXY: Final = re.compile(r"^(?:global|defaults|frontend|backend|listen)\b", re.MULTILINE)
_OF_KEEPALIVED: Final = re.compile(r"^\s*(?:vrrp_instance|vrrp_script|vrrp_sync_group|virtual_server)\b", re.MULTILINE)
_SET_ASIDE: Final = re.compile(
    r"(?:[.\-_](?:backup|bck|bak|old|orig|off|disabled?|save|rpm\w+|dpkg-\w+|sample|example|dist|swp|\d+)|~)$",
    re.IGNORECASE,
)


@rule(
    "warning",
    outage="What the file says is in force on no node, or not on all.",
    experiment="none: it shows at the start",
)
def file_not_read(pair: Pair) -> Iterator[Found]:
    """HAProxy that is started with a folder reads the files in it whose names end with `.cfg`, and no others
    (management guide, `-f`). keepalived reads what the pattern of its `include` names (keepalived.conf(5)). Found
    where a file lies beside one that is read, has sections of that program, and is not read. Names that set a file
    aside, such as `.bak` and `.disabled`, are meant so."""
    elsewhere = set[str]().union(*(_read(node) for node in pair.nodes))
    yield from once(found for node in pair.nodes for found in (*_haproxy(node), *_keepalived(node, elsewhere)))


def _haproxy(node: PairNode) -> Iterator[Found]:
    read = {line.path for section in node.haproxy.sections for line in (section.head, *section.lines)}
    folders = {_folder(path) for path in read if _folder(path).endswith(".d")}
    for file in _beside(node, folders, read, _OF_HAPROXY):
        if not file.path.endswith(".cfg"):
            yield _found(node, file, "HAProxy reads the files whose names end with .cfg", "the ending .cfg")


def _keepalived(node: PairNode, elsewhere: set[str]) -> Iterator[Found]:
    """`elsewhere`: what any node reads. One folder may serve all, each with the lines ``@NODE include`` of its own."""
    read = _read(node)
    folders = {_folder(path) for path in read - {KEEPALIVED}}
    for file in _beside(node, folders, read | elsewhere, _OF_KEEPALIVED):
        yield _found(node, file, "no include of keepalived.conf names it", "a name that an include's pattern has")


def _read(node: PairNode) -> set[str]:
    return {KEEPALIVED if each.file == MAIN else each.file for each in node.document.body}


def _beside(node: PairNode, folders: set[str], read: set[str], sections: re.Pattern[str]) -> Iterator[SiteFile]:
    for file in node.site.files:
        unread = _folder(file.path) in folders and file.path not in read and file.path != KEEPALIVED
        if unread and not _SET_ASIDE.search(file.path) and sections.search(file.text):
            yield file


def _found(node: PairNode, file: SiteFile, why: str, instead: str) -> Found:
    said = f"{file.path} of {node.name} is not read, though files beside it are: {why}."
    return Found(node.at_path(file.path), said, instead)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
