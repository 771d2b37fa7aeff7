"""A map that leads to a backend which does not exist."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, has_conditions, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers
from harness.site.haproxy_text import HaproxyLine

_MAP: Final = re.compile(r"%\[[^\]]*,map(?!_regm)(?:_\w+)?\(([^,()]+)(?:,([^,()]*))?\)\]")
"""The whole name is what the map says: nothing stands before or behind it, and map_regm puts nothing into it."""


@rule(
    "warning",
    outage="Customers of these names get 503, or the default backend.",
    experiment="none: it shows at the start",
)
def map_names_no_backend(pair: Pair) -> Iterator[Found]:
    """`use_backend %[…,map(FILE,OTHERWISE)]`: HAProxy looks the name up when a request comes, so `haproxy -c` cannot
    find one that is misspelt, in the file or as the value for what the file lacks. Such a request goes to no further
    rule, but to default_backend, else to the servers of a `listen`; without them it gets 503. Source: HAProxy's
    configuration manual, 4.2 "use_backend" and 7.3.1 "map"."""
    yield from once(found for node in pair.nodes for found in _nowhere(node))


def _nowhere(node: PairNode) -> Iterator[Found]:
    for frontend in customers(node):
        for line in frontend.all("use_backend"):
            found = _MAP.fullmatch(line.word(1))
            if found and not has_conditions(node, line):
                gets = f"goes to {_falls_to(frontend)}" if _falls_to(frontend) else "gets 503"
                yield from _otherwise(node, line, found[2] or "", gets)
                yield from _listed(node, found[1], gets)


def _falls_to(frontend: HaproxySection) -> str:
    default = frontend.last("default_backend")
    own = f"the servers of {frontend.kind} {frontend.name}" if any(servers(frontend)) else ""
    return default.word(1) if default else own


def _otherwise(node: PairNode, line: HaproxyLine, name: str, gets: str) -> Iterator[Found]:
    if name and node.haproxy.backend(name) is None:
        said = f"The map's value for what it lacks is {name}, and no backend has that name: the request {gets}."
        yield Found(place(node, line), said, "the name of a backend")


def _listed(node: PairNode, path: str, gets: str) -> Iterator[Found]:
    file = node.site.file(path)
    for number, text in enumerate(file.text.split("\n") if file else (), 1):
        key, name = (*text.split(None, 1), "", "")[:2]
        name = name.strip()
        if name and not key.startswith("#") and node.haproxy.backend(name) is None:
            said = f"{key} leads to {name}, and no backend of {node.name} has that name: the request {gets}."
            yield Found(node.at_path(path, number), said, "the name of a backend")
