"""What the machine is set to: its kernel, its services, its own addresses."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

SYSCTL = "/etc/sysctl.d/80-a.conf"
UNIT = "/etc/systemd/system/haproxy.service.d/limits.conf"
ENI = "/etc/network/interfaces"
NETPLAN = "/etc/netplan/50-a.yaml"
SIX = ("2001:db8::10/64",)
CARDS = {"eth1": "2001:db8::{}/64"}
PLAIN = SOUND.replace("    maxconn 8000\n", "")


def of(rule: str, path: str, text: str, **more: object) -> list[str]:
    """Places in that file."""
    pair = two(files={path: text}, **more)  # type: ignore[arg-type]
    return [place for _, place in found(rule, pair) if place.partition(":")[0] == path.rpartition("/")[2]]


@pytest.mark.parametrize("name", ["net.netfilter.nf_conntrack_max", "net.nf_conntrack_max"])
@pytest.mark.parametrize("value, load, told", [(8000, 9000, True), (9000, 9000, False), (8000, 0, False)])
def test_fewer_tracked_connections_than_sessions(name: str, value: int, load: int, *, told: bool) -> None:
    found_at = of("tracked-connections-below-load", SYSCTL, f"# a\n{name} = {value}\n", load=load)
    assert found_at == (["80-a.conf:2"] if told else [])


@pytest.mark.parametrize(
    "lines, told",
    [
        ("net.ipv6.conf.all.disable_ipv6 = 1", True),
        ("net.ipv6.conf.eth0.disable_ipv6=1", True),
        ("net.ipv6.conf.all.disable_ipv6 = 1\nnet.ipv6.conf.eth0.disable_ipv6 = 0", False),
        ("net.ipv6.conf.eth1.disable_ipv6 = 1", False),
        ("net.ipv6.conf.all.disable_ipv6 = 0", False),
        ("net.ipv6.conf.eth0.disable_ipv6 = 1\nnet.ipv6.conf.all.disable_ipv6 = 0", False),
        ("net.ipv6.conf.eth0.disable_ipv6 = 1\nnet.ipv6.conf.all.disable_ipv6 = 1", True),
    ],
)
def test_a_vip_of_ipv6_on_a_node_without_it(lines: str, *, told: bool) -> None:
    six = (conf(101, vips=SIX), conf(100, vips=SIX))
    assert of("ipv6-switched-off", SYSCTL, lines, confs=six, cards=CARDS) == (["80-a.conf:1"] if told else [])
    assert of("ipv6-switched-off", SYSCTL, lines) == []


def test_ipv6_of_a_card_that_has_an_address_of_it_may_be_switched_on_later() -> None:
    six = (conf(101, vips=("2001:db8::10/64 dev eth1",)), conf(100, vips=("2001:db8::10/64 dev eth1",)))
    off = {SYSCTL: "net.ipv6.conf.all.disable_ipv6 = 1\n"}
    assert {each for each, _ in found("ipv6-switched-off", two(confs=six, files=off, cards=CARDS))} == {"warning"}
    assert {each for each, _ in found("ipv6-switched-off", two(confs=six, files=off))} == {"error"}


@pytest.mark.parametrize(
    "path, text, severities",
    [
        ("/etc/sysconfig/keepalived", '# -C checks\nKEEPALIVED_OPTIONS="-D -C"\n', ["error"]),
        ("/etc/default/keepalived", "DAEMON_ARGS='--check --log-detail'\n", ["error"]),
        ("/etc/default/keepalived", 'DAEMON_ARGS="-DC"\n', ["error"]),
        ("/etc/systemd/system/keepalived.service", "ExecStart=/usr/sbin/keepalived -n -C $X\n", ["error"]),
        ("/etc/default/keepalived", 'DAEMON_ARGS="-C"\nDAEMON_ARGS="-D"\n', []),
        ("/etc/sysconfig/keepalived", 'KEEPALIVED_OPTIONS="-D -P -C"\n', []),
        ("/etc/sysconfig/keepalived", 'KEEPALIVED_OPTIONS="-D -S 0 --dont-fork"\n', []),
        ("/etc/sysconfig/keepalived", '#KEEPALIVED_OPTIONS="-C"\n', []),
        ("/etc/default/keepalived", 'DAEMON_ARGS="-f /etc/keepalived/new.conf"\n', ["warning"]),
        ("/etc/default/keepalived", 'DAEMON_ARGS="-f /etc/keepalived/keepalived.conf"\n', []),
        ("/etc/keepalived/keepalived.md", 'DAEMON_ARGS="-C"\n', []),
    ],
)
def test_options_of_keepalived(path: str, text: str, severities: list[str]) -> None:
    assert [each for each, _ in found("keepalived-started-otherwise", two(files={path: text}))] == severities


@pytest.mark.parametrize(
    "text, cfg, load, told",
    [
        ("[Service]\nLimitNOFILE=2048\n", PLAIN, 3000, True),
        ("[Service]\nLimitNOFILE=1024:2048\n", PLAIN, 3000, True),
        ("[Service]\nLimitNOFILE=65536\n", PLAIN, 3000, False),
        ("[Service]\nLimitNOFILE=infinity\n", PLAIN, 3000, False),
        ("[Service]\nLimitNOFILE=2048\n", PLAIN, 0, False),
        ("[Service]\nLimitNOFILE=2048\n", SOUND, 3000, False),  # root raises it
        ("[Service]\nLimitNOFILE=2048\nLimitNOFILE=9000\n", PLAIN, 3000, False),
    ],
)
def test_a_limit_that_follows_from_open_files(text: str, cfg: str, load: int, *, told: bool) -> None:
    assert of("limit-from-open-files", UNIT, text, cfg=cfg, load=load) == (["limits.conf:2"] if told else [])


@pytest.mark.parametrize(
    "path, line",
    [
        (NETPLAN, "            - 192.0.2.10/24"),
        (NETPLAN, '      addresses: [192.0.2.1/24, "192.0.2.10/24"]'),
        (ENI, "    address 192.0.2.10/24"),
        (ENI, "    address 192.0.2.10"),
        (ENI, "    up /sbin/ip addr add 192.0.2.10/24 dev eth0"),
        ("/etc/sysconfig/network-scripts/ifcfg-eth0", "IPADDR2=192.0.2.10"),
        ("/etc/systemd/network/10-eth0.network", "Address=192.0.2.10/24"),
        ("/etc/NetworkManager/system-connections/eth0.nmconnection", "address2=192.0.2.10/24,192.0.2.254"),
    ],
)
def test_the_machine_s_own_settings_give_the_vip(path: str, line: str) -> None:
    assert of("vip-in-network-settings", path, f"# network\n{line}\n") == [f"{path.rpartition('/')[2]}:2"]


@pytest.mark.parametrize(
    "path, line",
    [
        (NETPLAN, "            - 192.0.2.100/24"),
        (NETPLAN, "            - 192.0.2.1/24  # not 192.0.2.10/24"),
        (NETPLAN, "                addresses: [192.0.2.10, 192.0.2.3]"),  # name servers
        (NETPLAN, "                via: 192.0.2.10"),
        (ENI, "    gateway 192.0.2.10"),
        (ENI, "    dns-nameservers 192.0.2.10"),
        ("/etc/sysconfig/network-scripts/ifcfg-eth0", "DNS1=192.0.2.10"),
        ("/etc/haproxy/address.txt", "address 192.0.2.10"),
    ],
)
def test_addresses_that_are_not_given(path: str, line: str) -> None:
    assert of("vip-in-network-settings", path, f"{line}\n") == []


@pytest.mark.parametrize("vip, told", [("192.0.2.10/32 dev lo", True), ("192.0.2.10/24", False),
                                       ("198.51.100.9/32 dev lo", False)])  # fmt: skip
def test_a_vip_on_the_loopback_is_announced_nowhere(vip: str, *, told: bool) -> None:
    pair = two(confs=(conf(101, vips=(vip,)), conf(100, vips=(vip,))))
    assert [each for each, _ in found("vip-on-other-card", pair)] == (["warning", "warning"] if told else [])


def test_drop_ins_count_after_the_unit_that_they_change() -> None:
    unit = "/usr/lib/systemd/system/haproxy.service"
    files = {UNIT: "[Service]\nLimitNOFILE=90000\n", unit: "[Service]\nLimitNOFILE=2048\n"}
    assert found("limit-from-open-files", two(PLAIN, files=files, load=3000)) == []


def test_an_address_owner_has_the_vip_by_right() -> None:
    confs = (conf(255), conf(100))
    assert of("vip-in-network-settings", NETPLAN, " - 192.0.2.10/24", confs=confs) == ["50-a.yaml:1"]  # of lb2
    only = {each.name: each for each in two(files={NETPLAN: " - 192.0.2.10/24"}, confs=confs).nodes}
    assert found("vip-in-network-settings", two(confs=confs)._replace(nodes=(only["lb1"],))) == []
