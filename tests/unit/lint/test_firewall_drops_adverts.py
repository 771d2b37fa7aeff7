"""firewall-drops-adverts."""

import pytest

from tests.lint_pairs import found, two

RULE = "firewall-drops-adverts"
NFT = """\
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    iifname "lo" accept
    tcp dport { 22, 80 } accept
    icmp type echo-request accept
  }
}
"""
TABLES = """\
*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp --dport 80 -j ACCEPT
COMMIT
"""


def of(path: str, text: str) -> list[tuple[str, str]]:
    return found(RULE, two(files={path: text}))


def test_a_list_of_ports_lets_no_advert_in() -> None:
    assert of("/etc/nftables.conf", NFT) == [("warning", "nftables.conf:3")]
    assert of("/etc/nftables.conf", f"# vrrp is not needed\n{NFT}") == [("warning", "nftables.conf:4")]
    assert of("/etc/iptables/rules.v4", TABLES) == [("warning", "rules.v4:2")]
    closed = TABLES.replace("DROP", "ACCEPT").replace("COMMIT", "-A INPUT -j REJECT\nCOMMIT")
    assert of("/etc/sysconfig/iptables", closed) == [("warning", "iptables:6")]


@pytest.mark.parametrize(
    "line",
    [
        "ip protocol vrrp accept",
        "ip protocol 112 accept",
        "ip daddr 224.0.0.18 accept",
        "ip saddr 192.0.2.2 accept",
        'iifname "eth1" accept',
        "meta pkttype multicast accept",
        "jump site",
    ],
)
def test_nft_rules_that_may_let_them_in(line: str) -> None:
    assert of("/etc/nftables.conf", NFT.replace("iif lo accept", f"iif lo accept\n    {line}")) == []


@pytest.mark.parametrize(
    "line", ["-p vrrp -j ACCEPT", "-p 112 -j ACCEPT", "-s 192.0.2.0/24 -j ACCEPT", "-i eth1 -j ACCEPT", "-j SITE"]
)
def test_iptables_rules_that_may_let_them_in(line: str) -> None:
    assert of("/etc/iptables/rules.v4", TABLES.replace("COMMIT", f"-A INPUT {line}\nCOMMIT")) == []


@pytest.mark.parametrize(
    "path, text",
    [
        ("/etc/nftables.conf", NFT.replace("policy drop", "policy accept")),
        ("/etc/nftables.conf", NFT.replace("hook input", "hook forward")),
        ("/etc/iptables/rules.v4", TABLES.replace("INPUT DROP", "INPUT ACCEPT")),
        ("/etc/other.conf", NFT),
    ],
)
def test_nothing_is_dropped_or_the_file_is_another(path: str, text: str) -> None:
    assert of(path, text) == []


def test_a_rule_behind_the_one_that_drops_all_is_never_asked() -> None:
    text = TABLES.replace("DROP", "ACCEPT")
    accept, rest = "-A INPUT -p vrrp -j ACCEPT\n", "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n"
    late, early = (text.replace("COMMIT", f"{lines}COMMIT") for lines in (rest + accept, accept + rest))
    assert of("/etc/iptables/rules.v4", late) == [("warning", "rules.v4:6")]
    assert of("/etc/iptables/rules.v4", early) == []
    wide = text.replace("COMMIT", f"{rest}-A INPUT -s 192.0.2.0/24 -j ACCEPT\nCOMMIT")
    assert of("/etc/iptables/rules.v4", wide) == [("warning", "rules.v4:6")]
