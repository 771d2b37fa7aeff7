"""Stand-ins beside those of servers: which there are, and which take a verdict back."""

import pytest

from harness.gate.battery import AT_REST
from harness.gate.named import UsesStandIn, named, uses
from harness.gate.report import Tried
from harness.gate.verdict import with_stand_ins
from tests.lint_pairs import SOUND, conf, two
from tests.recorded_sites import SITES, recorded
from tests.unit.gate.test_verdict import REST, tried

CHECK = UsesStandIn("lb1", "the check chk", watches=True)
NOTIFY = UsesStandIn("lb1", "notify of web", watches=False)
HAPROXY, POWER = tried("haproxy-killed"), tried("power-cut")


@pytest.mark.parametrize(
    "word, every, used, then",
    [
        ("SAFE", [REST, HAPROXY, POWER], [], "SAFE"),
        ("SAFE", [REST, HAPROXY, POWER], [CHECK], "INCONCLUSIVE"),
        ("SAFE", [REST, POWER], [CHECK], "SAFE"),
        ("SAFE", [REST, POWER], [NOTIFY], "INCONCLUSIVE"),
        ("UNSAFE", [REST, tried("haproxy-killed", "failed", "x"), POWER], [CHECK], "INCONCLUSIVE"),
        ("UNSAFE", [REST, HAPROXY, tried("power-cut", "failed", "x")], [CHECK], "UNSAFE"),
        ("UNSAFE", [REST, HAPROXY, tried("power-cut", "failed", "x")], [NOTIFY, CHECK], "INCONCLUSIVE"),
        ("UNSAFE", [tried(AT_REST, "failed", "x")], [CHECK], "UNSAFE"),
        ("INCONCLUSIVE", [REST, HAPROXY], [CHECK], "INCONCLUSIVE"),
    ],
)
def test_verdicts(word: str, every: list[Tried], used: list[UsesStandIn], then: str) -> None:
    found, sentence = with_stand_ins((word, "as tried"), every, used)  # type: ignore[arg-type]
    assert found == then
    assert (sentence == "as tried") == (word == then)


def test_a_check_and_a_script_that_run_systemctl() -> None:
    script = "#!/bin/sh\nsystemctl restart haproxy\n"
    pair = two(
        SOUND,
        confs=(
            conf(101, "/usr/bin/systemctl is-active -q haproxy"),
            conf(100, "/usr/bin/pgrep -x haproxy", more="notify /etc/keepalived/told.sh"),
        ),
        files={"/etc/keepalived/told.sh": script},
    )
    assert uses(pair) == (
        UsesStandIn("lb1", "the check chk", watches=True),
        UsesStandIn("lb2", "notify of web", watches=False),
    )
    assert "the check chk of lb1 runs systemctl" in " ".join(named(pair, {}))


@pytest.mark.parametrize(
    "script, used",
    [
        ("service haproxy start", True),
        ("/usr/sbin/service haproxy restart", True),
        ("/etc/init.d/haproxy reload", True),
        ("rc-service haproxy start", True),
        ("# service haproxy start", False),
        ("service rsyslog restart", False),
    ],
)
def test_a_notify_script_that_starts_a_haproxy_of_its_own(script: str, *, used: bool) -> None:
    """On the lab it ran beside the one that was killed: "haproxy-killed held, 0.00 s" without any check."""
    more = "notify /etc/keepalived/told.sh"
    confs = (conf(101, "/usr/bin/pgrep -x haproxy", more=more), conf(100, "/usr/bin/pgrep -x haproxy"))
    found = uses(two(SOUND, confs=confs, files={"/etc/keepalived/told.sh": f"#!/bin/sh\n{script}\n"}))
    assert found == ((UsesStandIn("lb1", "notify of web", watches=False, service=True),) if used else ())


def test_users_certificates_and_hosts_are_named() -> None:
    cfg = "global\n  user lbuser\n  group haproxy\nuserlist people\n  user tiger insecure-password x\n" + SOUND.replace(
        "bind *:80", "bind *:443 ssl crt /etc/ssl/site.pem\n    errorfile 503 /etc/haproxy/503.http"
    )
    said = named(two(cfg), {"db.example": "198.18.0.1"})
    assert "users and groups that we made: lbuser" in said
    assert "certificates of ours: /etc/ssl/site.pem" in said
    assert "empty files: /etc/haproxy/503.http" in said
    assert "host names: db.example is 198.18.0.1" in said


@pytest.mark.parametrize("name", SITES)
def test_no_recorded_site_depends_on_a_program_of_ours(name: str) -> None:
    assert uses(recorded(name)) == ()


@pytest.mark.parametrize(
    "line, asks",
    [
        ("aws ec2 assign-private-ip-addresses --private-ip-addresses 192.0.2.10", "aws"),
        ("/usr/local/bin/hcloud floating-ip assign 1 2", "hcloud"),
        ("curl -X POST https://api.hetzner.cloud/v1/floating_ips/1/actions/assign", "api.hetzner.cloud"),
        ('echo "$(hostname) is master" | mail -s keepalived root', ""),
        ("curl -d text=master https://hooks.example.com/chat", ""),
        ("# aws ec2 was used before", ""),
    ],
)
def test_a_notify_script_that_moves_an_address_in_a_cloud_decides_over_every_takeover(line: str, asks: str) -> None:
    """There no gratuitous ARP moves anything: a pair that holds on the lab's cables is not SAFE for that."""
    notify = "notify_master /etc/keepalived/told.sh"
    pair = two(confs=(conf(101, more=notify), conf(100)), files={"/etc/keepalived/told.sh": f"#!/bin/sh\n{line}\n"})
    assert [each.cloud for each in uses(pair)] == ([asks] if asks else [])
    word, sentence = with_stand_ins(("SAFE", "as tried"), [REST, POWER], uses(pair))
    assert word == ("INCONCLUSIVE" if asks else "SAFE")
    assert ("asks the cloud" in sentence) == bool(asks)
