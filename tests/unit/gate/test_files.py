"""A site's files as a configuration: nothing is rendered, and no node gets what another one has."""

import pytest

from harness.gate.asks import asks
from harness.gate.files import configuration
from harness.gate.place import place
from harness.model.limits import Limits
from tests.recorded_sites import SITES, expected, recorded

SOUND = [each for each in SITES if expected(each)["source"] == "sound"]


@pytest.mark.parametrize("name", SOUND)
def test_each_node_gets_its_own_files(name: str) -> None:
    pair = recorded(name)
    placed = place(pair, asks(pair), ())
    made = configuration("gate", pair.site, placed.names)
    for node in pair.site.nodes.values():
        own = {
            file.path: file.text for file in node.files if file.path.startswith(("/etc/haproxy/", "/etc/keepalived/"))
        }
        assert made.render(placed.topology, placed.names[node.name]) == own
        executable = {file.path for file in node.files if file.path in own and file.mode & 0o100}
        assert made.executable(placed.topology, placed.names[node.name]) == executable
    assert made.render(placed.topology, "customer-1") == {}


@pytest.mark.parametrize("name", SOUND)
def test_limits_follow_from_them(name: str) -> None:
    pair = recorded(name)
    placed = place(pair, asks(pair), ())
    made = configuration("gate", pair.site, placed.names)
    files = {node: made.render(placed.topology, node) for node in placed.names.values()}
    assert set(Limits.of_files(placed.topology, files).routers) == set(placed.topology.virtual_routers)
