"""keepalived does not run with these files."""

from collections.abc import Iterator
from typing import Final

from harness.lint._explained import RUNS_WITHOUT
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.file_problem import Problem, by_line
from harness.model.keepalived_messages import keepalived_problems
from harness.site.site import KEEPALIVED

_LAST_SECTION: Final = "------< Interfaces >------"


@rule("error", outage="The node never has the VIP: the pair is one node.", experiment="none: it shows at the start")
def keepalived_will_not_run(pair: Pair) -> Iterator[Found]:
    """keepalived ends, or runs without any vrrp_instance. The sentence is its own; source: `keepalived -t` and a start.

    `keepalived -t` ends with 0 for an empty file, for one that is missing, and for one without an instance.
    """
    yield from once(found for node in pair.nodes for found in _fatal(node))


def _fatal(node: PairNode) -> Iterator[Found]:
    fatal = [each for each in _problems(node) if each.severity == "will not run" and not RUNS_WITHOUT.search(each.said)]
    for problem in fatal:
        yield Found(node.at_path(problem.path, problem.line), f"keepalived on {node.name}: {problem.said}")
    if not fatal and not node.running.instances and _is_known(node):
        yield Found(
            node.at_path(KEEPALIVED), f"keepalived on {node.name} has no vrrp_instance.", "vrrp_instance … { … }"
        )


def _is_known(node: PairNode) -> bool:
    """Its file has none, or keepalived ended, or told all that it runs with. A busy machine may cut its dump short."""
    written = any(node.document.all("vrrp_instance"))
    return not written or node.examined.keepalived_start.status is not None or _LAST_SECTION in node.examined.dump


def _problems(node: PairNode) -> list[Problem]:
    answers = (node.examined.keepalived_test, node.examined.keepalived_start)
    texts = node.site.texts
    return by_line(
        each for answer in answers for each in keepalived_problems(node.name, texts, answer.status or 0, answer.output)
    )
