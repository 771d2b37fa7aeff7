"""The script of `harness collect`, run on a node: what it gathers, what it leaves out, and that it changes nothing."""

import io
import tarfile
from importlib.resources import files
from pathlib import Path
from typing import Final

import docker
import pytest

from harness.lab import images, one_off
from harness.site.draft import draft
from harness.site.draft_text import text
from harness.site.listing import listing
from harness.site.pair_file import read
from harness.site.site import HAPROXY, KEEPALIVED
from harness.site.unpack import unpack

pytestmark = pytest.mark.lab

NODE: Final = r"""
mkdir -p /opt/lb/more.d /etc/haproxy/tls
echo 'vrrp_script other {}' | tee /opt/lb/more.d/one.conf > /opt/lb/more.d/two.txt
cat > /etc/keepalived/keepalived.conf <<'END'
include /opt/lb/more.d/*.conf
vrrp_script chk {
    script "/opt/lb/check.sh --x"
}
vrrp_instance V {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass s3cretAB-long    # the old one
    }
    virtual_ipaddress {
        192.0.2.10/24
    }
}
vrrp_instance W {
    interface eth0
    virtual_router_id 8
    authentication { auth_type PASS auth_pass "s3cretAB" }
    virtual_ipaddress { 192.0.2.20/24 }
}
vrrp_instance X {
    interface eth0
    virtual_router_id 9
    authentication {
        auth_type PASS
        auth_pass s3cretAC
    }
    virtual_ipaddress {
        192.0.2.30/24
    }
}
END
cat > /etc/haproxy/haproxy.cfg <<'END'
global
    setenv DBPW topsecret1
userlist u
    user a password $6$topsecret2$x
    user b insecure-password topsecret3 groups g
backend b
    stats auth admin:topsecret4
    option httpchk
    http-check send meth GET uri /x hdr Authorization "Basic topsecret5"
    tcp-check send AUTH\ topsecret6\r\n
    http-request set-header Authorization Bearer\ topsecret7
    errorfile 503 /opt/lb/503.http
    server s 192.0.2.80:80
    http-request return status 200 lf-file /opt/lb/alive.txt if { path /alive }
END
echo alive > /opt/lb/alive.txt
printf 'HTTP/1.0 503 x\r\n\r\nsorry' > /opt/lb/503.http
cat > /opt/lb/check.sh <<'END'
#!/bin/sh
PASSWORD="topsecret8 x"
mysql -utest -ptopsecret9 --password=topsecret10 -h 127.0.0.1 -P 3306
curl -s -u me:topsecret11 http://u:topsecret12@127.0.0.1/ -H "Authorization: Bearer topsecret13"
find /x -print -prune
export TOKEN='topsecret14'
export AWS_SECRET_ACCESS_KEY=topsecret26 REDISCLI_AUTH="topsecret27" VAULT_SECRET_ID=topsecret28
ssl_key=/etc/ssl/lb.key
END
chmod 775 /opt/lb/check.sh
printf -- '-----BEGIN PRIVATE KEY-----\ntopsecret15\n' > /etc/haproxy/tls/site
echo topsecret16 > /etc/haproxy/tls/site.pem
echo 'net.ipv4.ip_nonlocal_bind = 1' > /etc/sysctl.d/60-lb.conf
mkdir -p /etc/netplan /etc/sysconfig /etc/systemd/system/haproxy.service.d
echo 'KEEPALIVED_OPTIONS="-D"' > /etc/sysconfig/keepalived
printf '[Service]\nLimitNOFILE=2048\nEnvironment=PASSWORD=topsecret17\n' > /etc/systemd/system/haproxy.service.d/a.conf
printf 'Environment=AWS_SECRET_ACCESS_KEY=topsecret19 "API_KEYS=topsecret20 topsecret21" OPTIONS=-q\n' \
    >> /etc/systemd/system/haproxy.service.d/a.conf
echo 'addresses: [192.0.2.11/24]' > /etc/netplan/50-lb.yaml
printf 'access-points: {x: {password: topsecret18}}\n' > /etc/netplan/60-wlan.yaml
printf 'tunnels:\n  wg0:\n    mode: wireguard\n    key: topsecret22=\n' > /etc/netplan/70-wg.yaml
printf 'tunnels: {gre1: {mode: gre, keys: {input: topsecret23}}}\n' > /etc/netplan/80-gre.yaml
mkdir -p /etc/network/interfaces.d /etc/sysconfig/network-scripts
printf 'iface wlan0 inet dhcp\n  wireless-key topsecret24\n' > /etc/network/interfaces.d/wlan
printf 'DEVICE=wlan0\nKEY=topsecret25\n' > /etc/sysconfig/network-scripts/ifcfg-wlan0
ip link add eth0 type veth peer name x
ip address add 192.0.2.11/24 dev eth0
ip address add 192.0.2.10/24 dev eth0
seen() { find / -xdev -type f ! -path '/run/*' -printf '%p %s %m %T@ %C@\n' | sort; ip address; }
seen > /run/before
"""
SET: Final = (
    "/etc/sysconfig/keepalived",
    "/etc/systemd/system/haproxy.service.d/a.conf",
    "/etc/netplan/50-lb.yaml",
)
"""What the machine is set to, beside the programs' own files."""

RUN: Final = "sh -s /run/node.tar.gz < /run/collect.sh && seen > /run/after && cmp /run/before /run/after && ls /tmp"


@pytest.fixture(scope="module", params=["sh", "bash"])
def gathered(
    request: pytest.FixtureRequest, client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a site with what was gathered. The node is compared before and after."""
    folder = tmp_path_factory.mktemp("collected")
    script = files("harness.site").joinpath("collect.sh").read_bytes()
    run = RUN.replace("sh -s", f"{request.param} -s", 1)
    created = client.containers.create(
        f"{one_off.IMAGE}:{images.tag()}",
        [
            "timeout",
            "60",
            "bash",
            "-c",
            f"cat > /run/collect.sh <<'EOF-OF-COLLECT'\n{script.decode()}EOF-OF-COLLECT\n{NODE}{run}",
        ],
        labels={one_off.LABEL: "collect"},
        hostname="lb1.example.com",
        network_mode="none",
        cap_add=["NET_ADMIN"],
    )
    try:
        created.start()
        ended = created.wait(timeout=90)
        assert ended["StatusCode"] == 0, created.logs().decode()
        assert created.logs(stderr=False).decode().count("\n") == 1  # one line, and /tmp is empty
        raw = b"".join(created.get_archive("/run/node.tar.gz")[0])
    finally:
        created.remove(force=True)
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        inner = tar.extractfile("node.tar.gz")
        assert inner
        (folder / "lb1.tar.gz").write_bytes(inner.read())
    assert unpack(folder / "lb1.tar.gz", folder / "site") == "lb1"
    return folder / "site"


def test_no_password_and_no_key_is_in_it(gathered: Path) -> None:
    for path in gathered.rglob("*"):
        content = path.read_text() if path.is_file() else ""
        assert "topsecret" not in content, path
        assert "s3cret" not in content, path
        assert "PRIVATE KEY" not in content, path
    said = (gathered / "lb1/collected/left-out").read_text()
    assert "/etc/haproxy/tls/site: a private key" in said
    assert "/etc/haproxy/tls/site.pem: no configuration" in said
    for left in ("netplan/60-wlan.yaml", "netplan/70-wg.yaml", "netplan/80-gre.yaml", "network/interfaces.d/wlan"):
        assert f"/etc/{left}: a password may be in it" in said
    unit = (gathered / "lb1/etc/systemd/system/haproxy.service.d/a.conf").read_text()
    assert 'Environment=AWS_SECRET_ACCESS_KEY=REDACTED "API_KEYS=REDACTED" OPTIONS=-q\n' in unit


def test_passwords_can_still_be_compared(gathered: Path) -> None:
    """By the eight characters that keepalived compares; the rest of the line stays."""
    lines = (gathered / "lb1/etc/keepalived/keepalived.conf").read_text().splitlines()
    first, second, third = (line for line in lines if "auth_pass" in line)
    word = first.split()[1]
    assert first == f"        auth_pass {word}    # the old one"
    assert second == f"    authentication {{ auth_type PASS auth_pass {word} }}"
    assert third.split()[1] != word
    assert len(word) <= 8


def test_what_is_no_password_stays(gathered: Path) -> None:
    script = (gathered / "lb1/opt/lb/check.sh").read_text()
    assert "find /x -print -prune\n" in script
    assert "-h 127.0.0.1 -P 3306" in script
    assert "ssl_key=/etc/ssl/lb.key\n" in script
    assert (gathered / "lb1/opt/lb/503.http").read_bytes() == b"HTTP/1.0 503 x\r\n\r\nsorry"
    balancer = (gathered / "lb1/etc/haproxy/haproxy.cfg").read_text()
    assert "user b insecure-password REDACTED groups g\n" in balancer
    assert "    errorfile 503 /opt/lb/503.http\n    server s 192.0.2.80:80\n" in balancer


def test_what_the_files_name_elsewhere_is_gathered(gathered: Path) -> None:
    opt = gathered / "lb1/opt/lb"
    assert {str(path.relative_to(opt)) for path in opt.rglob("*") if path.is_file()} == {
        "check.sh", "503.http", "alive.txt", "more.d/one.conf",
    }  # fmt: skip


def test_a_draft_has_modes_addresses_and_places(gathered: Path) -> None:
    made = draft(listing(gathered))
    (gathered / "pair.toml").write_text(text(made))
    node = next(iter(read(gathered).nodes.values()))
    assert {KEEPALIVED, HAPROXY, "/opt/lb/check.sh", "/opt/lb/503.http", "/etc/sysctl.d/60-lb.conf", *SET} <= {
        file.path for file in node.files
    }
    script = node.file("/opt/lb/check.sh")
    assert script
    assert script.mode == 0o775
    assert node.cards == {"eth0": ("192.0.2.11/24",)}  # without the VIP that it had
