"""A node's routes while some of its cards are away."""

import pytest

from harness.agents.network.routes import through
from harness.model.topology import Topology
from tests.unit.test_topology import COMPOSE

NODE = Topology.from_compose(COMPOSE).nodes["lb-ext-1"]


def test_a_route_leads_through_the_card_of_its_gateway() -> None:
    assert [port.segment for port in NODE.ports] == ["external", "internal"]
    assert through(NODE.routes, NODE.ports) == list(NODE.routes)
    assert through(NODE.routes, NODE.ports[:1]) == [route for route in NODE.routes if route.via.startswith("10.77.")]


@pytest.mark.parametrize("number", [0, 1])
def test_with_one_card_away_no_route_of_it_is_set(number: int) -> None:
    """The kernel refuses such a route, so that the other card's undo would fail."""
    there, away = NODE.ports[number], NODE.ports[1 - number]
    of_both = [*through(NODE.routes, [there]), *through(NODE.routes, [away])]
    assert sorted(of_both, key=NODE.routes.index) == list(NODE.routes)
    assert through(NODE.routes, []) == []
