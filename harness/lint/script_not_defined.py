"""An instance tracks a name that no line defines."""

from collections.abc import Iterator

from harness.lint._explained import messages, not_supplied
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import severity_without

_DEFINED_BY = {"script": "vrrp_script", "file": "track_file", "process": "vrrp_track_process"}


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_not_defined(pair: Pair) -> Iterator[Found]:
    """keepalived says that it ignores the name, and goes on without it.

    A warning where every instance that tracks the name has another check of HAProxy.
    A definition counts only if it stands before the instance. Source: alloc_track_script() in
    keepalived/vrrp/vrrp_track.c.
    """
    yield from once(found for node in pair.nodes for found in _ignored(node))


def _ignored(node: PairNode) -> Iterator[Found]:
    for problem, said in messages(node, "script-not-defined"):
        keyword, name = _DEFINED_BY[said["kind"]], said["name"]
        if name in not_supplied(node):
            continue
        defined = [block.argument for block in node.document.all(keyword)]
        there = "; defined are: " + ", ".join(defined) if defined else ""
        if late := node.block(keyword, name):
            there = f". It is defined behind it, at {node.at(late)}"
        yield Found(
            node.at_path(problem.path, problem.line),
            f"{said['instance']} tracks {name}, which no {keyword} before it defines: keepalived ignores it{there}.",
            f"{keyword} {name} {{ … }} before the instance, or the name of one that is defined",
            severity_without(node, name),
        )
