"""What a lab showed before any fault, from what keepalived tells now and what its checks ask."""

from collections.abc import Mapping

import pytest
from msgspec import structs

from harness.gate.rest import FailingCheck, Rest, rest
from harness.lint import Pair
from harness.model.running_keepalived import RunningKeepalived
from tests.lint_pairs import SOUND, VIP, conf, two
from tests.recorded_sites import SITES, expected, recorded


def told(pair: Pair, status: str = "BAD", state: str = "FAULT") -> Mapping[str, RunningKeepalived]:
    """Each check of lb1 has this status, and each of its instances this state."""
    found = {node.name: node.running for node in pair.nodes}
    one = found["lb1"]
    found["lb1"] = structs.replace(
        one,
        scripts=tuple(structs.replace(each, status=status) for each in one.scripts),
        instances=tuple(structs.replace(each, state=state) for each in one.instances),
    )
    return found


def seen(command: str, files: Mapping[str, str] | None = None, **asked: str) -> Rest:
    pair = two(SOUND, confs=(conf(101, command), conf(100, command)), files=files, hosts={"app": "192.0.2.21"})
    return rest(pair, told(pair, **asked), {VIP: ("lb2",)})


@pytest.mark.parametrize(
    "command, beyond",
    [
        ("/bin/ping -c 1 192.0.2.254", "it runs ping"),
        ("/usr/bin/arping -c 1 192.0.2.254", "it runs arping"),
        ("/usr/bin/dig @192.0.2.53 example.org", "it runs dig"),
        ("/usr/bin/curl -f http://198.51.100.9/", "it asks 198.51.100.9"),
        ("/usr/bin/curl -f http://192.0.2.21:8080/", "it asks the server 192.0.2.21"),
        ("/usr/bin/nc -z gateway.example 443", "it asks gateway.example"),
        ("/bin/sh -c 'curl -f http://$GATEWAY/'", "it cannot be told what it asks"),
        ("/usr/bin/curl -f http://localhost/", "it asks port 80 for what servers answer"),
        ("/usr/bin/test -e /etc/keepalived/maintenance", "it looks at a file that an operator makes"),
        ("/usr/bin/pgrep -x nginx", "it looks for a process other than HAProxy"),
        ("/usr/local/bin/lb-check", "it cannot be told what it asks"),
        ("/bin/sh -c 'killall -0 haproxy && ping -c 1 192.0.2.254'", "it runs ping"),
        ("/usr/bin/systemctl is-active -q haproxy", "it runs systemctl"),
        ("/usr/bin/docker inspect haproxy", "it runs docker"),
        ("/usr/bin/pgrep -x haproxy", ""),
        ("/usr/bin/killall -0 haproxy", ""),
        ("/usr/bin/nc -z 127.0.0.1 80", ""),
        (f"/usr/bin/nc -z {VIP} 80", ""),
        ("/usr/sbin/haproxy -c -f /etc/haproxy/haproxy.cfg", ""),
    ],
)
def test_what_a_failing_check_asks_beside_the_balancer(command: str, beyond: str) -> None:
    (found,) = seen(command).failing
    assert (found.node, found.check, found.beyond) == ("lb1", "chk", beyond)
    assert found.operator == ("operator" in beyond)


def test_the_text_of_the_site_s_script_counts() -> None:
    script = "#!/bin/sh\n# ping would be wrong\nGW=192.0.2.254\nping -c 1 $GW || exit 1\n"
    (found,) = seen("/etc/keepalived/gw.sh", {"/etc/keepalived/gw.sh": script}).failing
    assert found.beyond == "it runs ping"
    comment = "#!/bin/sh\n# ping would be wrong\npgrep -x haproxy\n"
    (found,) = seen("/etc/keepalived/gw.sh", {"/etc/keepalived/gw.sh": comment}).failing
    assert found.beyond == ""


DOCKERS = "resolvers here\n nameserver dns 127.0.0.11:53\n"


@pytest.mark.parametrize(
    "more, beyond",
    [(DOCKERS, "it asks port 8405, which no bind of HAProxy takes"), ("", "")],
    ids=["container", "none"],
)
def test_a_port_that_a_container_may_publish_is_none_of_the_lab_s(more: str, beyond: str) -> None:
    command = "/usr/bin/nc -z 127.0.0.1 8405"
    pair = two(SOUND + more, confs=(conf(101, command), conf(100, command)))
    (found,) = rest(pair, told(pair), {VIP: ()}).failing
    assert found.beyond == beyond


def test_a_check_that_succeeds_is_none() -> None:
    found = seen("/bin/ping -c 1 192.0.2.254", status="GOOD", state="BACKUP")
    assert (found.failing, found.in_fault) == ((), ())


def test_owners_and_states() -> None:
    found = seen("/bin/ping -c 1 192.0.2.254")
    assert found.in_fault == (("lb1", "web"),)
    assert found.unexplained == []
    assert found.misplaced == [VIP]
    assert structs.replace(found, owners={VIP: ("lb1",)}).misplaced == []


def test_a_node_that_tells_nothing_is_named() -> None:
    pair = two()
    assert rest(pair, {"lb1": pair.nodes[0].running}, {VIP: ("lb1",)}).untold == ("lb2",)


ASKS_SERVERS = "kubeadm-curl"  # its check asks the API servers behind the balancer


@pytest.mark.parametrize(
    "name", [each for each in SITES if expected(each)["source"] == "sound" and each != ASKS_SERVERS]
)
def test_checks_of_sound_sites_have_all_that_they_need_in_the_lab(name: str) -> None:
    """Else none of them could be SAFE: a gate ends where such a check fails."""
    pair = recorded(name)
    bad = {
        node.name: structs.replace(
            node.running, scripts=tuple(structs.replace(each, status="BAD") for each in node.running.scripts)
        )
        for node in pair.nodes
    }
    found = rest(pair, bad, {})
    assert [each for each in found.foreign if not each.operator] == []


@pytest.mark.parametrize(
    "beyond, said",
    [
        ("it runs ping", "the lab has only the pair, its servers and customers"),
        ("it asks port 9445 for what servers answer", "the lab's servers are stand-ins"),
        ("it asks the server 192.0.2.21", "the lab's servers are stand-ins"),
        ("it asks fileserver.example", "the lab has only the pair, its servers and customers"),
    ],
)
def test_why_a_check_fails_here(beyond: str, said: str) -> None:
    """The lab has servers: what they answer is ours."""
    assert FailingCheck("lb1", "chk", beyond).said == f"The check chk of lb1 fails on the lab: {beyond}, and {said}."
