"""Faults of connections: what happens between an API server and its database."""

import pytest

from harness import faults
from harness.faults import Fault
from harness.model.errors import BadValue
from harness.model.ops import Toxic
from harness.model.units import ms, s
from tests.planned import LAB, WITH_DATABASES, ops


@pytest.mark.parametrize(
    "fault, toxic, words",
    [
        (faults.link_silent("db-1"), ("timeout", (("timeout", 0),)), "silent link to db-1, until undone"),
        (
            faults.link_silent("db-1", 2 * s),
            ("timeout", (("timeout", 2_000),)),
            "silent link to db-1, closed after 2 s, until undone",
        ),
        (
            faults.link_reset("db-1", 5 * ms, s),
            ("reset_peer", (("timeout", 5),)),
            "connections to db-1 reset after 5 ms, for 1 s",
        ),
        (faults.narrow_link("db-1", 20), ("bandwidth", (("rate", 20),)), "link to db-1 with 20 kB/s, until undone"),
        (
            faults.slow_close("db-1", 5 * s),
            ("slow_close", (("delay", 5_000),)),
            "connections to db-1 close 5 s late, until undone",
        ),
    ],
)
def test_what_happens_to_connections_is_a_toxic(
    fault: Fault, toxic: tuple[str, tuple[tuple[str, int], ...]], words: str
) -> None:
    assert ops(fault.plan(WITH_DATABASES)) == [Toxic("db-1", "clients", *toxic)]
    assert fault.describe() == words


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.link_silent("lb-ext-1"), "a node of the kind database: db-1, db-2"),
        (faults.link_reset("db-1", 500), "a whole number of milliseconds"),
        (faults.slow_close("db-1", -ms), "a whole number of milliseconds"),
        (faults.narrow_link("db-1", 0), "from 1 to 10,000,000"),
    ],
)
def test_connections_that_cannot_be_harmed_so_are_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(WITH_DATABASES)


def test_a_lab_without_databases_says_that_it_has_none() -> None:
    with pytest.raises(BadValue, match="this lab has none"):
        faults.slow_query("lb-ext-1").plan(LAB)
