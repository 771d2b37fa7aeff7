"""Lines of a haproxy.cfg that may not be in force."""

from harness.lint._pair import PairNode
from harness.site.haproxy_text import HaproxyLine


def conditional(node: PairNode, line: HaproxyLine) -> bool:
    """Does it stand within ``.if``?"""
    file = node.site.file(line.path)
    firsts = [each.split(maxsplit=1)[:1] for each in file.text.splitlines()[: line.number]] if file else []
    return firsts.count([".if"]) > firsts.count([".endif"])
