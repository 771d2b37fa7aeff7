"""`@NAME` lines, and a node that is called otherwise."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._pair import Pair, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.site.site import SiteFile

_CONDITION: Final = re.compile(r"\s*@(\^?)(\S+)\s")
_FOLDER: Final = "/etc/keepalived/"


@rule(
    "warning",
    outage="The node runs without the lines that were written for it.",
    experiment="none: it shows at the start",
)
def conditions_of_no_node(pair: Pair) -> Iterator[Found]:
    """A line ``@NAME …`` counts where NAME is what ``keepalived -i`` got (keepalived.conf(5), "Conditional
    configuration"); without -i it is the name of the machine, with its domain if it has one. Found on a node whose
    files have such lines and none for it. Lines for other nodes alone are sound."""
    for node in pair.nodes:
        lines = list(_conditions(node))
        names = {name for _, _, name in lines}
        others = {each.site.config_id for each in pair.nodes} - {node.site.config_id}
        if names - others and node.site.config_id not in names:
            file, number, name = next(each for each in lines if each[2] not in others)
            yield Found(
                Place(file.source, number),
                f"No line of {node.name} is for @{node.site.config_id}, its name for keepalived -i; there are lines "
                f"for @{', @'.join(sorted(names - others))}, which count on no node.",
                f'@{node.site.config_id}, or [config_id] {node.name} = "{name}" in pair.toml, as keepalived -i gets it',
            )


def _conditions(node: PairNode) -> Iterator[tuple[SiteFile, int, str]]:
    """(file, line, NAME) of ``@NAME``, not of ``@^NAME``."""
    for file in node.site.files:
        if file.path.startswith(_FOLDER) and file.path.endswith(".conf"):
            for number, line in enumerate(file.text.split("\n"), 1):
                if (found := _CONDITION.match(line)) and not found[1]:
                    yield file, number, found[2]
