"""Which files HAProxy would miss, from short texts of haproxy.cfg."""

from pathlib import Path

import pytest

from harness.site.missing_files import Kind, missing_files
from harness.site.site import HAPROXY, Site, SiteFile, SiteNode

TABLE = Path(__file__).parents[2] / "data" / "stand_ins" / "haproxy.cfg"
PEM = "stand-in.pem"


def missing(text: str, *brought: str, certificates: tuple[str, ...] = ()) -> dict[str, Kind]:
    files = (
        SiteFile("haproxy.cfg", HAPROXY, text.encode(), 0o644),
        *(SiteFile("", each, b"", 0o644) for each in brought),
    )
    node = SiteNode("lb1", files, {}, "lb1")
    return missing_files(Site({"lb1": node}, certificates=certificates), node)


@pytest.mark.parametrize(
    "text, found",
    [
        ("frontend f\n bind :443 ssl crt /s/a.pem\n", {"/s/a.pem": "certificate"}),
        ("frontend f\n bind :443 ssl crt /s/ crt /t\n", {f"/s/{PEM}": "certificate", f"/t/{PEM}": "certificate"}),
        ("frontend f\n bind :443 ssl crt-list /s/list.txt\n", {"/s/list.txt": "certificate list"}),
        ("frontend f\n bind :443 ssl crt a.pem\nglobal\n crt-base /s\n", {"/s/a.pem": "certificate"}),
        ("backend b\n server s 192.0.2.1:1 ssl ca-file ca.pem\nglobal\n ca-base /s\n", {"/s/ca.pem": "certificate"}),
        ("backend b\n server s 192.0.2.1:1 ssl ca-file @system-ca crt @store/x\n", {}),
        ("backend b\n default-server ssl ca-file /s/ca.pem\n", {"/s/ca.pem": "certificate"}),
        ("frontend f\n acl a src -f /l/a.lst -f /l/b.lst\n", {"/l/a.lst": "empty", "/l/b.lst": "empty"}),
        ("frontend f\n http-request deny if { src -f /l/a.lst }\n", {"/l/a.lst": "empty"}),
        ("frontend f\n use_backend %[path,map_beg(/m/a.map,b)]\n", {"/m/a.map": "empty"}),
        ("frontend f\n use_backend %[path,map(opt@/m/a.map)]\n", {}),
        ("frontend f\n http-request return status 200 file /p/x.txt\n", {"/p/x.txt": "empty"}),
        ("defaults\n errorfile 503 /e/503.http\n", {"/e/503.http": "empty"}),
        ("defaults\n http-error status 400 errorfile /e/400.http\n", {"/e/400.http": "empty"}),
        ("global\n stats socket /run/a/x.sock mode 600\n chroot /c\n", {"/c": "folder", "/run/a": "folder"}),
        ("frontend f\n bind unix@/run/b/y.sock,:80\n bind /run/c/z.sock\n", {"/run/b": "folder", "/run/c": "folder"}),
        ("global\n pidfile /var/run/haproxy.pid\n stats socket /run/x.sock\n", {}),
        ("global\n pidfile /run/d/x.pid\n stats socket ipv4@127.0.0.1:9999\n", {"/run/d": "folder"}),
        ("frontend f\n bind :80 name file\n log 127.0.0.1 local0\n", {}),
    ],
)
def test_by_line(text: str, found: dict[str, Kind]) -> None:
    assert missing(text) == found


def test_what_the_site_brought_is_not_missing() -> None:
    text = "frontend f\n bind :443 ssl crt /s/a.pem crt /t/\n acl a src -f /l/a.lst\n bind /run/x/y.sock\n"
    assert missing(text, "/s/a.pem", "/l/a.lst", "/t/one.pem", "/run/x/other") == {}
    assert missing(text, certificates=("/s/a.pem",)) == {
        "/l/a.lst": "empty",
        "/run/x": "folder",
        f"/t/{PEM}": "certificate",
    }


def test_the_table() -> None:
    assert len(missing(TABLE.read_text())) == 8
