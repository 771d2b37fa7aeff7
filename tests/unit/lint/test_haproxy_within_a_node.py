"""What one haproxy.cfg, its kernel settings and its firewall contradict: rules of sockets, peers, limits and ports."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

LOOP = SOUND + "backend loop\n    server l {}\nfrontend inner\n    bind {} accept-proxy\n    default_backend app\n"


@pytest.mark.parametrize(
    "asked, bound, told",
    [
        ("unix@/run/web.sock", "unix@/run/web-tls.sock", True),
        ("/run/web.sock", "unix@/run/web.sock", False),
        ("abns@a", "abns@b", True),
        ("/web.sock", "/var/lib/haproxy/web.sock", False),
        ("/run/php.sock", "127.0.0.1:81", False),
    ],
)
def test_a_socket_under_two_names(asked: str, bound: str, *, told: bool) -> None:
    made = found("server-socket-of-no-bind", two(LOOP.format(asked, bound)))
    assert made == ([("error", "haproxy.cfg:12")] if told else [])


@pytest.mark.parametrize("word", ["peer", "server"])
@pytest.mark.parametrize("address, told", [("192.0.2.2:1024", False), ("192.0.2.3:1024", True), ("lb2:1024", False)])
def test_a_peer_with_another_node_s_address(word: str, address: str, *, told: bool) -> None:
    text = f"{SOUND}peers mesh\n    {word} lb1 192.0.2.1:1024\n    {word} lb2 {address}\n"
    assert found("peers-mismatch", two(text)) == ([("warning", "haproxy.cfg:13")] if told else [])


@pytest.mark.parametrize(
    "one, other, load, told",
    [
        (" maxconn 100", " maxconn 100", 300, True),
        (" maxconn 100", " maxconn 100", 200, False),
        (" maxconn 100", "", 300, False),
        (" maxconn 100", " maxconn 100 backup", 150, True),
        (" maxconn 100", " maxconn 100", 0, False),
    ],
)
def test_servers_that_take_less_than_the_load(one: str, other: str, load: int, *, told: bool) -> None:
    text = SOUND.replace("21:8080 check", f"21:8080 check{one}").replace("22:8080 check", f"22:8080 check{other}")
    assert found("servers-below-load", two(text, load=load)) == ([("warning", "haproxy.cfg:9")] if told else [])


@pytest.mark.parametrize(
    "said, told", [("32768 33767", True), ("1024 65535", False), ("32768", False), ("32768\t60999", False)]
)
def test_source_ports_for_the_load(said: str, *, told: bool) -> None:
    files = {"/etc/sysctl.d/9.conf": f"net.ipv4.ip_local_port_range = {said}\n"}
    made = found("source-ports-below-load", two(load=6000, files=files))
    assert made == ([("warning", "9.conf:1")] if told else [])


@pytest.mark.parametrize(
    "name, value, told", [("all", 8, True), ("eth0", 8, True), ("eth9", 8, False), ("all", 1, False)]
)
def test_a_node_that_answers_no_arp(name: str, value: int, *, told: bool) -> None:
    files = {"/etc/sysctl.d/9.conf": f"# lvs\nnet.ipv4.conf.{name}.arp_ignore={value}\n"}
    assert found("arp-not-answered", two(files=files)) == ([("error", "9.conf:2")] if told else [])


NFT = "table inet f {\n chain i {\n  type filter hook input priority 0; policy drop;\n  ip protocol vrrp accept\n"


@pytest.mark.parametrize(
    "rules, told",
    [
        ("tcp dport 22 accept", True),
        ("tcp dport { 22, 443 } accept", True),
        ("tcp dport { 22, http } accept", False),
        ("tcp dport 1-1024 accept", False),
        ("tcp dport @web accept", False),
        ("tcp dport { 22, $WEB } accept", False),
        ("tcp dport { 22, gopher } accept", False),
        ("ip saddr 10.0.0.0/8 accept", False),
    ],
)
def test_a_firewall_that_refuses_customers(rules: str, *, told: bool) -> None:
    made = found("firewall-drops-customers", two(files={"/etc/nftables.conf": f"{NFT}  {rules}\n }}\n}}\n"}))
    assert made == ([("warning", "nftables.conf:3")] if told else [])


@pytest.mark.parametrize("ports, told", [("--dport 22", True), ("-m multiport --dports 22,80", False)])
def test_a_firewall_of_iptables_that_refuses_customers(ports: str, *, told: bool) -> None:
    rules = f"*filter\n:INPUT DROP [0:0]\n-A INPUT -p vrrp -j ACCEPT\n-A INPUT -p tcp {ports} -j ACCEPT\nCOMMIT\n"
    made = found("firewall-drops-customers", two(files={"/etc/iptables/rules.v4": rules}))
    assert made == ([("warning", "rules.v4:2")] if told else [])


@pytest.mark.parametrize("line, told", [("inter 3 fall 3", True), ("inter 3s fall 3", False), ("inter 2000", False)])
def test_an_interval_of_checks_without_a_unit(line: str, *, told: bool) -> None:
    text = SOUND.replace("\nbackend app\n", f"\nbackend app\n    default-server {line}\n")
    assert found("timeout-in-milliseconds", two(text)) == ([("warning", "haproxy.cfg:9")] if told else [])


@pytest.mark.parametrize("vmac, told", [("use_vmac", True), ("", False)])
def test_a_bind_to_the_card_below_the_one_of_the_vip(vmac: str, *, told: bool) -> None:
    text = conf(101, more=vmac, vips=("192.0.2.10 dev vrrp.51",) if vmac else ("192.0.2.10",))
    made = found("vip-not-bound", two(SOUND.replace("*:80", "*:80 interface eth0"), confs=(text, text)))
    assert [severity for severity, _ in made] == (["warning"] * 2 if told else [])
