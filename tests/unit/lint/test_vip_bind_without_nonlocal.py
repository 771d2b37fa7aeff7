"""vip-bind-without-nonlocal."""

import pytest

from tests.lint_pairs import SOUND, VIP, conf, found, recorded, two

RULE = "vip-bind-without-nonlocal"
BOUND = SOUND.replace("*:80", f"{VIP}:80")
DROPPED = "/etc/sysctl.d/60-nonlocal.conf"


def test_a_bind_on_the_vip() -> None:
    assert found(RULE, two(BOUND)) == [("error", "haproxy.cfg:6")]


@pytest.mark.parametrize(
    "path, text, sound",
    [
        (DROPPED, "net.ipv4.ip_nonlocal_bind=1\n", True),
        (DROPPED, "# why\n-net/ipv4/ip_nonlocal_bind = 1\n", True),
        ("/etc/sysctl.conf", "net.ipv4.ip_nonlocal_bind = 1", True),
        (DROPPED, "#net.ipv4.ip_nonlocal_bind = 1\n", False),
        (DROPPED, "net.ipv4.ip_nonlocal_bind = 1\nnet.ipv4.ip_nonlocal_bind = 0\n", False),
        (DROPPED, "net.ipv6.ip_nonlocal_bind = 1\n", False),
        ("/root/notes", "net.ipv4.ip_nonlocal_bind = 1\n", False),
    ],
)
def test_the_sysctl_that_allows_it(path: str, text: str, *, sound: bool) -> None:
    assert (found(RULE, two(BOUND, files={path: text})) == []) == sound


def test_the_last_file_by_name_counts() -> None:
    files = {DROPPED: "net.ipv4.ip_nonlocal_bind = 1", "/etc/sysctl.d/99-x.conf": "net.ipv4.ip_nonlocal_bind = 0"}
    assert found(RULE, two(BOUND, files=files)) == [("error", "haproxy.cfg:6")]
    files = {
        "/etc/sysctl.d/zz.conf": "net.ipv4.ip_nonlocal_bind = 0",
        "/etc/sysctl.conf": "net.ipv4.ip_nonlocal_bind = 1",
    }
    assert found(RULE, two(BOUND, files=files)) == []


def test_ipv6_has_a_sysctl_of_its_own() -> None:
    confs = (conf(101, vips=("2001:db8::10",)), conf(100, vips=("2001:db8::10",)))
    text = SOUND.replace("*:80", "[2001:db8::10]:80")
    assert found(RULE, two(text, confs=confs)) == [("error", "haproxy.cfg:6")]
    assert found(RULE, two(text, confs=confs, files={DROPPED: "net.ipv6.ip_nonlocal_bind = 1"})) == []


def test_sound_are_transparent_the_wildcard_and_own_addresses() -> None:
    assert found(RULE, two(BOUND.replace(f"{VIP}:80", f"{VIP}:80 transparent"))) == []
    assert found(RULE, two(SOUND)) == []
    assert found(RULE, two(BOUND.replace(VIP, "192.0.2.1"))) == []


@pytest.mark.parametrize("notify", ["systemctl restart haproxy", "service haproxy start", "/root/up.sh master"])
def test_where_keepalived_starts_haproxy_it_is_a_warning(notify: str) -> None:
    confs = (conf(101, more=f'notify_master "{notify}"'), conf(100, more=f'notify_master "{notify}"'))
    pair = two(BOUND, confs=confs, files={"/root/up.sh": "#!/bin/sh\n/bin/systemctl start haproxy\n"})
    assert found(RULE, pair) == [("warning", "haproxy.cfg:6")]


@pytest.mark.parametrize("name", ["tls-vip-bound", "press-include"])
def test_sites_that_bring_it(name: str) -> None:
    assert found(RULE, recorded(name)) == []
