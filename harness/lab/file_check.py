"""Checks the files of a configuration with `keepalived -t` and `haproxy -c`, before anything in a lab restarts.

In one container of the balancers' image, made for this alone: no network except interfaces with the names of the
node's, a read-only root, little memory, no bind mount. It runs compose/balancer/bin/check-files.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from harness.lab import engine, one_off
from harness.lab.definition import Definition
from harness.model import haproxy_messages, keepalived_messages
from harness.model.configuration import Configuration
from harness.model.errors import EnvironmentProblem, UsageError
from harness.model.file_problem import Problem
from harness.model.file_report import report
from harness.model.keepalived_rules import NodeFiles, placeholders, router_problems
from harness.model.topology import Topology

_PATIENCE_S: Final = 20  # then the container ends by itself, also if this process has ended
_NODE_S: Final = 2  # more for each node; a tenth of it on an idle machine
_WRITABLE: Final = ("/etc/keepalived", "/etc/haproxy", *one_off.WRITABLE)


class _ProgramResult(msgspec.Struct, frozen=True):
    status: int
    output: str


class _Checked(msgspec.Struct, frozen=True):
    keepalived: _ProgramResult
    haproxy: _ProgramResult


class _Node(msgspec.Struct, frozen=True):
    """What the program in the container is asked about one node."""

    node: str
    cards: dict[str, str]  # device → address with prefix length
    files: dict[str, str]
    executable: list[str]


def check_files(
    defined: Definition, configurations: Iterable[Configuration], *, accept_changed: bool = False
) -> list[str]:
    """Warnings for people: problems that were accepted, and what the programs print although they run.

    `defined`: the lab whose nodes are checked; their files also name what an overlay may add, as in `configure`.

    Raises `FilesRefused` naming file and line if a program would not run or keepalived would drop a line,
    `EnvironmentProblem` if nothing could be checked.
    """
    chosen = {configuration.name: configuration for configuration in configurations}.values()
    lab, every = defined.topology, defined.every
    asked = [(each, list(_nodes(lab, every, each))) for each in chosen]
    answers = iter(_ask([node for _, nodes in asked for node in nodes]))
    warnings = []
    for configuration, nodes in asked:
        checked = [(node, next(answers)) for node in nodes]
        problems = [problem for node, answer in checked for problem in _problems(node, answer)]
        problems += _rules(lab, [node for node, _ in checked], problems, accepted=accept_changed)
        warnings += report(every, configuration, problems, accept_changed=accept_changed)
    return warnings


def _nodes(lab: Topology, every: Topology, configuration: Configuration) -> Iterator[_Node]:
    for name in dict.fromkeys(name for router in lab.virtual_routers.values() for name in router.nodes):
        cards = {port.device: port.ip for port in lab.node(name).ports}
        executable = sorted(configuration.executable(every, name))
        yield _Node(name, cards, configuration.render(every, name), executable)


def _problems(node: _Node, answer: _Checked) -> Iterator[Problem]:
    """After a placeholder that was left, keepalived drops all lines: its own messages then say nothing more."""
    left = placeholders(NodeFiles(node.node, node.files))
    said = answer.keepalived
    yield from left or keepalived_messages.keepalived_problems(node.node, node.files, said.status, said.output)
    text = node.files.get(haproxy_messages.PATH, "")
    yield from haproxy_messages.haproxy_problems(node.node, text, answer.haproxy.status, answer.haproxy.output)


def _rules(lab: Topology, nodes: list[_Node], found: list[Problem], *, accepted: bool) -> list[Problem]:
    """What the rules find in each virtual router; nothing if keepalived would not run: its own messages say why.

    Raises `UsageError` for what the rules cannot read, unless the file is refused for a line that keepalived drops.
    """
    said = {each.severity for each in found if each.path != haproxy_messages.PATH}
    if "will not run" in said:
        return []
    by_name = {node.node: NodeFiles(node.node, node.files, node.executable) for node in nodes}
    routers = [(router, [by_name[node] for node in router.nodes]) for router in lab.virtual_routers.values()]
    try:
        every = chain.from_iterable(router_problems(lab, router, each) for router, each in routers)
        return list(dict.fromkeys(every))  # once, if a node belongs to several routers
    except UsageError:
        if "lost" in said and not accepted:
            return []
        raise


def _ask(nodes: list[_Node]) -> list[_Checked]:
    """The same files of the same node are checked once, even if several configurations have them."""
    every = [msgspec.json.encode(node) for node in nodes]
    once = list(dict.fromkeys(every))
    client = engine.connect()
    try:
        patience_s = _PATIENCE_S + len(once) * _NODE_S
        with one_off.container(
            client, ["check-files"], patience_s, capabilities=("NET_ADMIN",), writable=_WRITABLE
        ) as asked:
            answers = one_off.converse(client, asked, b"[" + b",".join(once) + b"]", patience_s)
    finally:
        client.close()
    try:
        checked = dict(zip(once, msgspec.json.decode(answers, type=list[_Checked]), strict=True))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(
            f"The files could not be checked: {one_off.IMAGE} answered {answers[-200:]!r}."
        ) from error
    return [checked[each] for each in every]
