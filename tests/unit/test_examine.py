"""What a node's examination may write to, and which sysctls and files of it count; without a container."""

import pytest

from harness.lab.examine import cards, haproxy_files, hidden, needs_root, sixth, sysctls_of, tracked_folders, writable
from harness.site.site import HAPROXY, KEEPALIVED, Site, SiteFile, SiteNode


def node(**files: str) -> SiteNode:
    """Path → text; a path's slashes are written as ``__``."""
    every = {KEEPALIVED: "", **{path.replace("__", "/"): text for path, text in files.items()}}
    return SiteNode("lb1", tuple(SiteFile(path, path, text.encode(), 0o644) for path, text in every.items()), {}, "lb1")


@pytest.mark.parametrize(
    "directories, own",
    [
        ((), ()),
        (("/opt/lb/run/",), ("/opt/lb/run",)),
        (("/var/spool/lb", "/var/spool/lb"), ("/var/spool/lb",)),
        (("/var/run/lb", "/run/lb"), ()),  # below /run, which is writable
        (("/", "/usr", "/usr/bin", "/etc/haproxy"), ()),  # the programs are there
        (("/var/../usr",), ()),
        (("/srv/site",), ()),  # has a file of the site
        (("/srv/tls",), ()),  # has a certificate
    ],
)
def test_folders_of_a_site_are_writable_unless_they_have_files(
    directories: tuple[str, ...], own: tuple[str, ...]
) -> None:
    has = node(__srv__site__check="")
    site = Site({"lb1": has}, directories=directories, certificates=("/srv/tls/site.pem",))
    assert writable(site, has) == ("/run", "/tmp", "/var/lib/haproxy", *own)


def test_debians_chroot_stays_if_it_has_a_file() -> None:
    has = node(__var__lib__haproxy__503="")
    assert "/var/lib/haproxy" not in writable(Site({"lb1": has}), has)


def test_haproxy_is_started_with_its_file_or_its_folders() -> None:
    assert haproxy_files(node(**{HAPROXY: "", "/etc/haproxy/conf.d/a.cfg": ""})) == [HAPROXY]
    assert haproxy_files(node(**{"/etc/haproxy/conf.d/b.cfg": "", "/etc/haproxy/conf.d/a.cfg": ""})) == [
        "/etc/haproxy/conf.d"
    ]
    assert haproxy_files(node()) == []


def test_the_last_sysctl_file_counts_and_others_change_nothing() -> None:
    files = {
        "/etc/sysctl.d/10-a.conf": "net.ipv4.ip_nonlocal_bind = 0\nkernel.panic = 1\n",
        "/etc/sysctl.d/20-b.conf": "# net.ipv4.ip_nonlocal_bind = 0\nnet/ipv4/ip_nonlocal_bind=1\n",
        "/srv/sysctl.d/30.conf": "net.ipv4.ip_nonlocal_bind = 0\n",
    }
    assert sysctls_of(node(**files)) == {"net.ipv4.ip_nonlocal_bind": "1"}


@pytest.mark.parametrize("address, asked", [("192.0.2.1/24", False), ("2001:db8::1/64", True)])
def test_ipv6_is_asked_of_the_engine_for_a_node_that_has_such_an_address(address: str, *, asked: bool) -> None:
    one = SiteNode("lb1", (), {"eth0": ("192.0.2.9/24", address)}, "lb1")
    assert (sixth(one).get("net.ipv6.conf.all.disable_ipv6") == "0") is asked


@pytest.mark.parametrize(
    "file, folders, root",
    [
        ("/etc/keepalived/maint", (), True),  # keepalived's package has a file there that it reads
        ("/var/lib/lb/maint", ("/var/lib/lb",), False),
        ("/run/maint", (), False),
        ("/var/run/lb/maint", (), False),
        ("/tmp/maint", (), False),
        ("/etc/haproxy/maint", (), True),  # a stand-in's certificate is there
        ("/usr/local/bin/maint", (), True),
        ("/etc/maint", (), True),
        ("/var/lib/../../etc/maint", (), True),
        ("maint", (), False),
    ],
)
def test_a_tracked_file_s_folder_can_be_written(file: str, folders: tuple[str, ...], *, root: bool) -> None:
    text = f"track_file maint {{\n  file {file}\n}}\n"
    cfg = "frontend f\n bind :443 ssl crt /etc/haproxy/site.pem\n"
    one = node(**{KEEPALIVED: text, HAPROXY: cfg})
    site = Site({"lb1": one})
    assert tracked_folders(site, one) == folders
    assert needs_root(site, one) is root


def test_what_a_tracked_file_s_folder_hides_is_put_back() -> None:
    text = "vrrp_track_file maint {\n  file /srv/lb/maint\n}\n"
    one = node(**{KEEPALIVED: text, "/srv/lb/d/a.sh": "", "/srv/lb/b": "", "/srv/check": ""})
    assert {file.path for file in hidden(Site({"lb1": one}), one)} == {"/srv/lb/d/a.sh", "/srv/lb/b"}


def test_without_a_tracked_file_nothing_is_hidden() -> None:
    one = node(**{KEEPALIVED: "vrrp_script maint {\n  file /etc/keepalived/maint\n}\n"})
    site = Site({"lb1": one})
    assert (tracked_folders(site, one), needs_root(site, one), list(hidden(site, one))) == ((), False, [])


def test_a_container_has_a_loopback_of_its_own() -> None:
    """A second card of that name cannot be made: the node was not examined at all."""
    node = SiteNode("lb1", (), {"eth0": ("192.0.2.1/24",), "lo": ("127.0.0.1/8",)}, "lb1")
    assert cards(node) == {"eth0": ("192.0.2.1/24",)}
