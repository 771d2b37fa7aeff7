"""What differs on a node that shares its keepalived.conf: ``lb2:priority=90,state=BACKUP``, of every vrrp_instance.

``lb2:INSTANCE:priority=90`` of one. A line that is there is replaced; else the setting takes a place in which every
line keeps its number.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.keepalived import Block
from harness.model.keepalived_text import MAIN
from harness.site.cards import document
from harness.site.site import KEEPALIVED, SiteNode

SYNTAX: Final = "NODE:KEYWORD=VALUE,… or NODE:INSTANCE:KEYWORD=VALUE,…"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/%-]+")
_COMMENT: Final = re.compile(r"[!#].*")


class _Domain(NamedTuple):
    valid: str
    accepts: Callable[[str], object]


def _between(low: int, high: int) -> _Domain:
    return _Domain(f"a number from {low} to {high}", lambda said: said.isdecimal() and low <= int(said) <= high)


_TIME: Final = _Domain("a number of seconds", re.compile(r"\d+(\.\d+)?").fullmatch)
_WORD: Final = _Domain("a word without blanks, quotation marks and braces", _PLAIN.fullmatch)
KEYWORDS: Final[dict[str, _Domain]] = {
    "advert_int": _TIME,
    "interface": _WORD,
    "mcast_src_ip": _WORD,
    "preempt_delay": _TIME,
    "priority": _between(1, 255),
    "state": _Domain("MASTER or BACKUP", ("MASTER", "BACKUP").__contains__),
    "unicast_src_ip": _WORD,
    "virtual_router_id": _between(1, 255),
}


class Setting(NamedTuple):
    """`instance`: "" for every vrrp_instance of the node."""

    node: str
    instance: str
    values: dict[str, str]


def read_setting(said: str) -> Setting:
    """Raises `UsageError` naming the bad part and what is valid."""
    node, _, rest = said.partition(":")
    instance, _, pairs = rest.rpartition(":") if ":" in rest.partition("=")[0] else ("", "", rest)
    if not node or not pairs:
        raise BadValue("set", said, SYNTAX)
    return Setting(node, instance, dict(_pair(said, each) for each in pairs.split(",")))


def _pair(said: str, pair: str) -> tuple[str, str]:
    keyword, equals, value = pair.partition("=")
    if not equals:
        raise BadValue(f"{pair!r} of set", said, SYNTAX)
    if keyword not in KEYWORDS:
        raise UnknownName("keyword of set", keyword, KEYWORDS)
    if not KEYWORDS[keyword].accepts(value):
        raise BadValue(f"set {keyword}", value, KEYWORDS[keyword].valid)
    return keyword, value


def with_settings(nodes: Mapping[str, SiteNode], said: Iterable[str]) -> dict[str, SiteNode]:
    """In the order in which they are said. Raises `UsageError`, also for a node or an instance that is not there."""
    changed = dict(nodes)
    for setting in map(read_setting, said):
        if setting.node not in changed:
            raise UnknownName("node", setting.node, changed)
        changed[setting.node] = _with(changed[setting.node], setting)
    return changed


def _with(node: SiteNode, setting: Setting) -> SiteNode:
    instances = {block.argument: block for block in document(node).all("vrrp_instance")}
    if not instances or (setting.instance and setting.instance not in instances):
        raise UnknownName(f"vrrp_instance of {node.name}", setting.instance or "any", instances)
    for name in [setting.instance] if setting.instance else instances:
        for keyword, value in setting.values.items():
            block = next(each for each in document(node).all("vrrp_instance") if each.argument == name)
            node = _set(node, block, keyword, value)
    return node


def _set(node: SiteNode, block: Block, keyword: str, value: str) -> SiteNode:
    line = block.find(keyword)
    path = KEEPALIVED if (line or block).file == MAIN else (line or block).file
    file = node.file(path)
    assert file is not None, f"{path} was read"
    lines = file.text.split("\n")
    where = f"{file.source}:{(line or block).line}"
    number, new = _replaced(lines, line, keyword, where) if line else _added(lines, block, keyword, where)
    lines[number - 1] = f"{new} {value}"
    changed = replace(file, content="\n".join(lines).encode())
    return replace(node, files=tuple(changed if each.path == path else each for each in node.files))


def _replaced(lines: list[str], line: Block, keyword: str, where: str) -> tuple[int, str]:
    """The number of the line, and what stands before the value."""
    old = lines[line.line - 1]
    if "{" in old or "}" in old or keyword not in old:
        raise UsageError(f"{where}: set {keyword} cannot change {old.strip()!r}: give the keyword a line of its own.")
    return line.line, f"{old[: len(old) - len(old.lstrip())]}{keyword}"


def _added(lines: list[str], block: Block, keyword: str, where: str) -> tuple[int, str]:
    """Behind the opening brace, or in an empty line of the block: keepalived takes one keyword of a line."""
    head = _COMMENT.sub("", lines[block.line - 1]).rstrip()
    if head.endswith("{"):
        return block.line, f"{head} {keyword}"
    own = [each.line for each in block.body if each.file == block.file]
    for number in range(block.line + 1, max(own, default=0)):
        if not _COMMENT.sub("", lines[number - 1]).strip():
            return number, f"    {keyword}"
    raise UsageError(f"{where}: set {keyword} finds no line for it: write `{keyword} …` into {block.argument}.")
