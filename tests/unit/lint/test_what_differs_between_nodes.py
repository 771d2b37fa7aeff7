"""What is right on each node and wrong between two: TTL, ranks in a group, routes, servers, lists, root directories."""

import pytest
from msgspec.structs import replace

from tests.lint_pairs import SOUND, conf, found, two
from tests.unit.lint import krules
from tests.unit.lint.krules import instance


def _peers(limits: str, ttl: str) -> list[tuple[str, str]]:
    one = conf(101, more=f"unicast_peer {{\n192.0.2.2 {limits}\n}}")
    other = conf(100, more=f"{ttl}\nunicast_peer {{\n192.0.2.1\n}}")
    return found("ttl-mismatch", two(confs=(one, other)))


@pytest.mark.parametrize(
    "limits, ttl, told",
    [
        ("min_ttl 254 max_ttl 255", "unicast_ttl 64", True),
        ("min_ttl 254 max_ttl 255", "", False),
        ("max_ttl 64", "", True),
        ("", "unicast_ttl 1", False),
    ],
)
def test_adverts_that_the_peer_refuses(limits: str, ttl: str, *, told: bool) -> None:
    assert _peers(limits, ttl) == ([("error", "lb1/keepalived.conf:5")] if told else [])


def _group(outside: int, inside: int) -> str:
    return (
        "vrrp_sync_group both {\n  group {\n    out\n    in\n  }\n}\n"
        + instance(name="out", vrid=1, priority=outside)
        + instance(name="in", vrid=2, vips="198.51.100.10/24", priority=inside)
    )


@pytest.mark.parametrize("ranks, count", [((100, 150), 1), ((100, 100), 0), ((150, 150), 0)])
def test_a_group_whose_instances_prefer_different_nodes(ranks: tuple[int, int], count: int) -> None:
    made = krules.findings("sync-group-priorities-crossed", krules.both(_group(150, 120), _group(*ranks)))
    assert len(made) == count
    assert all(each.severity == "warning" and "150" in each.sentence for each in made)


@pytest.mark.parametrize(
    "theirs, told",
    [
        ("", "lb2/keepalived.conf:1"),
        ("virtual_routes {\nsrc 192.0.2.10 to 198.51.100.0/24 via 192.0.2.254\n}", ""),
        ("virtual_routes {\ndefault via 192.0.2.254\n}", "both"),
    ],
)
def test_a_route_that_one_node_lacks(theirs: str, told: str) -> None:
    one = conf(101, more="virtual_routes {\n198.51.100.0/24 via 192.0.2.253 dev eth0\n}")
    made = [place for _, place in found("routes-differ", two(confs=(one, conf(100, more=theirs))))]
    assert made == (["lb2/keepalived.conf:5", "lb1/keepalived.conf:5"] if told == "both" else [told] if told else [])


@pytest.mark.parametrize(
    "ours, theirs, lines",
    [
        ("check send-proxy", "check", [9]),
        ("check ssl verify none", "check", [9]),
        ("check cookie a", "check cookie b", [9]),
        ("check cookie a", "check", []),
        ("check weight 10", "check weight 20", []),
        ("check send-proxy", "check send-proxy", []),
    ],
)
def test_a_server_that_one_node_asks_in_another_way(ours: str, theirs: str, lines: list[int]) -> None:
    one, other = (SOUND.replace("192.0.2.21:8080 check", f"192.0.2.21:8080 {each}") for each in (ours, theirs))
    made = found("server-settings-differ", two(one, other_cfg=other))
    assert made == [("warning", f"haproxy.cfg:{line}") for line in lines]


MAPPED = SOUND.replace("default_backend app", "use_backend %[req.hdr(host),map(/etc/haproxy/h.map,app)]")


@pytest.mark.parametrize(
    "theirs, line",
    [("# hosts\na app\n", 3), ("b   app\na app\n", 0), ("# other\na\tapp\nb app\n", 0)],
)
def test_a_list_that_lacks_a_line_on_one_node(theirs: str, line: int) -> None:
    pair = two(MAPPED, files={"/etc/haproxy/h.map": "# hosts\na app\nb app\n"})
    one, other = pair.nodes
    changed = krules.file("/etc/haproxy/h.map", theirs)
    files = tuple(changed if each.path == changed.path else each for each in other.site.files)
    other = other._replace(site=replace(other.site, files=files))
    made = found("data-files-differ", pair._replace(nodes=(one, other)))
    assert made == ([("warning", f"h.map:{line}")] if line else [])


@pytest.mark.parametrize("folder, lines", [("/var/lib/haproxi", [2]), ("/var/lib/haproxy", []), ("/srv/jail", [])])
def test_a_root_directory_that_one_node_names(folder: str, lines: list[int]) -> None:
    one, other = (SOUND.replace("global\n", f"global\n    chroot {each}\n") for each in ("/var/lib/haproxy", folder))
    made = found("chroot-differs", two(one, other_cfg=other, directories=("/srv/jail",)))
    assert made == [("warning", f"haproxy.cfg:{line}") for line in lines]
