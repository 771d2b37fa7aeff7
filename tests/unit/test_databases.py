"""The part of the lab that July 22 needs: topology, configurations, faults and mitigations of databases."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness import faults, mitigations
from harness.agents.services.haproxy.operator_changes import raised
from harness.lab.lab import _ops_of_reset
from harness.model.configuration import Configuration
from harness.model.errors import BadValue, UnknownName
from harness.model.events import DatabaseSample, Decoder, SessionLimitSet, StatisticsCounted, encode
from harness.model.ops import (
    AnyOp,
    FeatureSet,
    Reboot,
    SessionLimit,
    ShareServer,
    SqlAnalyse,
    SqlKill,
    SqlPin,
    SqlRoll,
    SqlSet,
    Toxic,
)
from harness.model.topology import Topology
from harness.model.units import ms, s

COMPOSE = Path(__file__).parents[2] / "compose"


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As Compose lays one file over another: mappings merge, the rest replaces."""
    both = {key: merged(base[key], over[key]) for key in base.keys() & over.keys() if isinstance(over[key], dict)}
    return base | over | both


def lab() -> Topology:
    files = (yaml.safe_load((COMPOSE / name).read_text()) for name in ("compose.yaml", "databases.yaml"))
    return Topology.from_compose(merged(*files))


LAB = lab()
EXTERNAL_ONLY = Topology.from_compose(yaml.safe_load((COMPOSE / "compose.yaml").read_text()))


def ops(action: faults.Fault | mitigations.Mitigation) -> list[AnyOp]:
    return [part.op for part in action.plan(LAB).parts]


def variables(node: str, name: str = "default") -> dict[str, str]:
    text = Configuration.load(name).render(LAB, node)["/etc/mariadb/mariadb.cnf"]
    routers = (line.split("#")[0].partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in routers}


def haproxy_cfg(name: str) -> str:
    return Configuration.load(name).render(LAB, "lb-ext-1")["/etc/haproxy/haproxy.cfg"]


def test_addresses_and_ports_are_unique() -> None:
    """The nodes that July 22 adds collide with none of the lab's, and every switch and pair exists."""
    ports = list(LAB.ports.values())
    for attribute in ("mac", "ip", "tap"):
        values = [getattr(port, attribute) for port in ports]
        assert len(set(values)) == len(values), attribute
    assert {port.switch for port in ports} <= LAB.switches.keys()
    assert all(len(port.tap) <= 15 for port in ports)
    assert LAB.virtual_router("internal").first.address not in {port.address for port in ports}


def test_numbers_of_request_records_stay() -> None:
    """A balancer or API server keeps the number that records know it by: databases come after."""
    for kind in ("balancer", "api"):
        before, after = EXTERNAL_ONLY.numbers(kind), LAB.numbers(kind)
        assert before.items() <= after.items()


def test_databases_differ_in_name_and_role_alone() -> None:
    first, second = variables("db-1"), variables("db-2")
    differing = {key for key in first if first[key] != second[key]}
    assert differing == {"server_id", "read_only"}
    assert (first["read_only"], second["read_only"]) == ("OFF", "ON")


def test_the_replica_follows_the_primary_through_its_own_proxy() -> None:
    default = Configuration.load("default")
    path = "/etc/mariadb/replication.sql"
    assert "CHANGE MASTER" not in default.render(LAB, "db-1")[path]
    assert "master_host='10.78.0.31', master_port=3308" in default.render(LAB, "db-2")[path]


@pytest.mark.parametrize(
    "name,persistent,counter,cache",
    [
        ("default", "ON", "0", "2000"),
        ("transient-statistics", "OFF", "0", "2000"),
        ("flips-by-itself", "OFF", "30", "32"),
    ],
)
def test_statistics(name: str, persistent: str, counter: str, cache: str) -> None:
    """MariaDB's own default is safe; the outage's configurations say what they turn off."""
    found = variables("db-2", name)
    assert found["innodb_stats_persistent"] == persistent
    assert found["innodb_stats_modified_counter"] == counter
    assert found["table_open_cache"] == cache


@pytest.mark.parametrize(
    "name,words",
    [
        ("process-limit", "hard-stop-after 5s\n    maxconn 200\n"),
        ("server-maxconn", "rise 1 maxconn 16\n"),
        ("server-maxconn", "timeout queue 1000ms"),
        ("health-port", "bind *:8404\n    monitor-uri /health"),
    ],
)
def test_what_haproxy_can_be_given_beforehand(name: str, words: str) -> None:
    """And `july-22` has none of it."""
    assert words in haproxy_cfg(name)
    assert words not in haproxy_cfg("july-22")


def test_a_limit_is_raised_wherever_it_is_stated() -> None:
    """Of the process, too; a server's is another thing."""
    text = haproxy_cfg("server-maxconn").replace("defaults", "    maxconn 200\ndefaults")
    assert raised(text, 1200) == text.replace("maxconn 200\n", "maxconn 1200\n")
    assert "maxconn 16" in raised(text, 1200)


def test_each_pair_has_its_own_haproxy() -> None:
    default = Configuration.load("default")
    internal = default.render(LAB, "lb-int-1")["/etc/haproxy/haproxy.cfg"]
    external = default.render(LAB, "lb-ext-1")["/etc/haproxy/haproxy.cfg"]
    assert "mode tcp" in internal
    assert "server db-2 10.78.0.32:3306" in internal
    assert "mode http" in external
    assert "db-1" not in external
    assert "server report-1 10.78.0.13:8000 disabled" in external
    assert "10.78.0.100/24 dev lan0" in default.render(LAB, "lb-int-2")["/etc/keepalived/keepalived.conf"]


@pytest.mark.parametrize(
    "fault,expected",
    [
        (faults.slow_query("db-1"), [SqlRoll("db-1")]),
        (
            faults.slow_query("db-2", "by_itself"),
            [SqlSet("db-2", "innodb_stats_modified_counter", "30"), SqlSet("db-2", "table_open_cache", "32")],
        ),
        (faults.slow_query("db-1", "pinned"), [SqlPin("db-1", "innodb")]),
        (faults.slow_query("db-1", "pinned", "engine_independent"), [SqlPin("db-1", "engine_independent")]),
        (
            faults.slow_link("db-1", 200 * ms, 20 * ms),
            [Toxic("db-1", "clients", "latency", (("latency", 200), ("jitter", 20)))],
        ),
    ],
)
def test_faults_become_ops(fault: faults.Fault, expected: list[AnyOp]) -> None:
    assert ops(fault) == expected
    assert fault.targets() == (expected[0].node,)  # type: ignore[union-attr]


def test_both_servers_err_together() -> None:
    both = faults.slow_query("db-1", duration=3 * s) & faults.slow_query("db-2", duration=3 * s)
    assert ops(both) == [SqlRoll("db-1"), SqlRoll("db-2")]
    assert both.targets() == ("db-1", "db-2")
    assert both.plan(LAB).ends_ns == 3 * s


@pytest.mark.parametrize(
    "fault",
    [
        faults.slow_query("api-1"),
        faults.slow_query("db-1", "rolled"),  # type: ignore[arg-type]
        faults.slow_query("db-1", "pinned", "mysql"),  # type: ignore[arg-type]
        faults.slow_query("db-1", duration=0),
        faults.slow_link("lb-int-1", 200 * ms),
        faults.slow_link("db-1", 0),
        faults.slow_link("db-1", -5 * ms),
        faults.slow_link("db-1", 5 * ms, 6 * ms),
    ],
)
def test_bad_values_are_refused(fault: faults.Fault) -> None:
    with pytest.raises(BadValue):
        fault.plan(LAB)


def test_an_unknown_database_is_named() -> None:
    with pytest.raises(UnknownName, match="db-1"):
        faults.slow_query("db-3").plan(LAB)


@pytest.mark.parametrize(
    "mitigation,expected",
    [
        (mitigations.analyse_statistics(), [SqlAnalyse(node, until_right=False) for node in ("db-1", "db-2")]),
        (mitigations.analyse_statistics("db-2"), [SqlAnalyse("db-2", until_right=False)]),
        (mitigations.kill_stuck_queries("db-1", 2 * s), [SqlKill("db-1", 2 * s)]),
        (mitigations.force_index(), [FeatureSet(node, "force_index", True) for node in ("api-1", "api-2", "report-1")]),
        (mitigations.force_index("api-2", enabled=False), [FeatureSet("api-2", "force_index", False)]),
        (mitigations.cache_tokens("report-1"), [FeatureSet("report-1", "cache_tokens", True)]),
        (mitigations.analyse_statistics("db-1", until_right=True), [SqlAnalyse("db-1", until_right=True)]),
        (mitigations.session_limit(1200), [SessionLimit("lb-ext-1", 1200), SessionLimit("lb-ext-2", 1200)]),
        (mitigations.session_limit(9, "lb-int-2"), [SessionLimit("lb-int-2", 9)]),
        (
            mitigations.share_report_servers(),
            [ShareServer("lb-ext-1", "report-1"), ShareServer("lb-ext-2", "report-1")],
        ),
        (mitigations.reboot(), [Reboot(node) for node in ("lb-ext-2", "lb-int-2", "lb-ext-1", "lb-int-1")]),
        (mitigations.reboot("internal"), [Reboot("lb-int-2"), Reboot("lb-int-1")]),
        (
            mitigations.session_limit(9, "lb-ext-1") & mitigations.reboot("lb-ext-2"),
            [SessionLimit("lb-ext-1", 9), Reboot("lb-ext-2")],
        ),
    ],
)
def test_mitigations_become_acts(mitigation: mitigations.Mitigation, expected: list[AnyOp]) -> None:
    """Acts only: an operator may do them while a fault is held, and needs no lease."""
    assert ops(mitigation) == expected
    assert all(not op.held for op in expected)


def test_mitigations_need_their_nodes() -> None:
    with pytest.raises(UnknownName, match="databases"):
        mitigations.analyse_statistics("api-1").plan(LAB)
    with pytest.raises(BadValue, match="database"):
        mitigations.analyse_statistics().plan(EXTERNAL_ONLY)
    with pytest.raises(BadValue, match="older_than"):
        mitigations.kill_stuck_queries(older_than=-1).plan(LAB)
    with pytest.raises(BadValue, match="limit"):
        mitigations.session_limit(0).plan(LAB)
    with pytest.raises(UnknownName, match="external"):
        mitigations.session_limit(9, "externl").plan(LAB)
    with pytest.raises(UnknownName, match="lb-int-1"):
        mitigations.reboot("db-1").plan(LAB)
    with pytest.raises(BadValue, match="report"):
        mitigations.share_report_servers().plan(EXTERNAL_ONLY)


def test_every_op_has_its_agent_and_survives_the_wire() -> None:
    actions: list[faults.Fault | mitigations.Mitigation] = [
        *(faults.slow_query("db-1"), faults.slow_query("db-1", "pinned"), faults.slow_link("db-1", 5 * ms)),
        *(mitigations.analyse_statistics(), mitigations.kill_stuck_queries(), mitigations.force_index()),
        *(mitigations.session_limit(9), mitigations.share_report_servers(), mitigations.reboot()),
    ]
    for op in [op for action in actions for op in ops(action)]:
        assert op.agent == "service-agent"
        assert msgspec.json.decode(msgspec.json.encode(op), type=AnyOp) == op


def test_observations_survive_the_wire() -> None:
    decoder = Decoder()
    sample = DatabaseSample(1, "db-1", "ix_client", 9, 16, 1400, 243_001, 60, 3, 20, read_only=False)
    for event in (sample, StatisticsCounted(2, "db-1", 7, "ix_client"), SessionLimitSet(3, "lb-ext-1", 9, "live")):
        assert decoder.decode(encode(event)) == event
    assert not decoder.skipped


def test_a_reset_leaves_no_query_that_reads_along_the_wrong_index() -> None:
    """Begun under a wrong plan, it reads on when the plan is right: for a minute on a slow machine. So it is killed.

    After the plans, or the next one would be as slow; never those of a second or less, which end by themselves.
    """
    at_rest = [op for op in _ops_of_reset(LAB) if isinstance(op, SqlAnalyse | SqlKill)]
    analysed = [SqlAnalyse(name, until_right=True) for name in ("db-1", "db-2")]
    assert at_rest == [*analysed, SqlKill("db-1", s), SqlKill("db-2", s)]
    assert not [op for op in _ops_of_reset(EXTERNAL_ONLY) if isinstance(op, SqlAnalyse | SqlKill)]
