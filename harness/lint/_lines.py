"""Small helpers of rules: lines below a block, and findings that several nodes share."""

from collections.abc import Iterable, Iterator

from harness.lint._pair import Member, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found
from harness.model.keepalived import Block
from harness.model.units import s
from harness.site.haproxy_bind import ip


def once(found: Iterable[Found]) -> Iterator[Found]:
    """Nodes that share a file have the same finding: it is told once for each line."""
    seen: set[tuple[Place, str]] = set()
    for each in found:
        if (each.place, each.instead) not in seen:
            seen.add((each.place, each.instead))
            yield each


def below(member: Member, block: str, keyword: str) -> Place:
    """The line ``keyword`` in a block of the instance; the block's, if it has none; else the instance's."""
    outer = member.block.find(block) if member.block else None
    return member.node.at((outer and outer.find(keyword)) or outer or member.block)


def of_vip(member: Member, vip: str) -> Place:
    """The line that lists it; else the head of the list, or of the instance."""
    block = member.block
    lists = block.all("virtual_ipaddress", "virtual_ipaddress_excluded") if block else ()
    lines = [line for each in lists for line in each.body]
    found = next((line for line in lines if ip(line.words[0].split("/")[0]) == ip(vip)), None)
    return member.node.at(found) if found else member.line("virtual_ipaddress")


def of_globals(node: PairNode, *keywords: str) -> Block | None:
    """The last such line of global_defs."""
    found = (block.find(*keywords) for block in node.document.all("global_defs"))
    return next(reversed([line for line in found if line]), None)


def seconds(ns: int) -> str:
    """``0.25 s``, ``3.609 s``."""
    return f"{round(ns / s, 3):g} s"
