"""Files that cannot be judged: what was never filled in, and LVS; by line, once for a file that both nodes have."""

from pathlib import Path

import pytest

from harness.site import pair_file
from harness.site.refusals import refusals
from harness.site.site import HAPROXY, KEEPALIVED, Site, SiteFile, SiteNode

SITES = sorted((Path(__file__).parents[2] / "data" / "sites").iterdir())
SOUND = """vrrp_instance V {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


def site(keepalived: str = SOUND, haproxy: str = "", more: dict[str, str] | None = None) -> Site:
    """Two nodes with the same files. `more`: path → text."""
    texts = {KEEPALIVED: keepalived, HAPROXY: haproxy, **(more or {})}
    files = tuple(SiteFile(path.rpartition("/")[2], path, text.encode(), 0o644) for path, text in texts.items())
    return Site({name: SiteNode(name, files, {}, name) for name in ("lb1", "lb2")})


def lines(refused: Site) -> list[tuple[str, int]]:
    return [(each.path, each.line) for each in refusals(refused)]


@pytest.mark.parametrize("folder", SITES, ids=lambda each: each.name)
def test_no_site_of_ours_is_refused(folder: Path) -> None:
    assert refusals(pair_file.read(folder)) == []


@pytest.mark.parametrize(
    "line, said",
    [
        ("    priority {{ keepalived_priority }}", "{{ keepalived_priority }}"),
        ("{% if master %}", "{% if master %}"),
        ("    priority <--PRIORITY-->", "<--PRIORITY-->"),
        ("    priority <PRIORITY>", "<PRIORITY>"),
        ("    interface INTERFACE GOES HERE", "INTERFACE GOES HERE"),
        ("    interface [cloud_private_network_adapter]", "[cloud_private_network_adapter]"),
        ("    priority [PRIORITY_OF_NODE_2]", "[PRIORITY_OF_NODE_2]"),
        ("    interface <your card>", "<your card>"),
        ("    priority @@PRIORITY@@", "@@PRIORITY@@"),
        ("    priority %%PRIORITY%%", "%%PRIORITY%%"),
        ("    priority ${PRIORITY}", "${PRIORITY}"),
    ],
)
def test_a_placeholder_is_named_with_its_line_once(line: str, said: str) -> None:
    found = refusals(site(SOUND.replace("    interface eth0", line)))
    assert [(each.path, each.line) for each in found] == [("keepalived.conf", 2)]
    assert found[0].said == f"{said} was never filled in."


@pytest.mark.parametrize("line", ["acl low path_reg [a-z]", "acl any path_reg [a-zA-Z]", "acl r path_reg [a-z0-9_-]"])
def test_a_class_of_letters_is_no_placeholder(line: str) -> None:
    assert lines(site(haproxy=f"frontend web\n    {line}\n")) == []


def test_of_haproxy_too() -> None:
    assert lines(site(haproxy="global\n    maxconn {{ maxconn }}\n")) == [("haproxy.cfg", 2)]


@pytest.mark.parametrize(
    "line",
    [
        "    # priority <PRIORITY>",
        "    ! priority {{ priority }}",
        '    notify "/usr/bin/docker inspect -f {{.State.Running}} haproxy"',
        "    priority 100  # <PRIORITY> of the guide",
    ],
)
def test_a_comment_and_a_quoted_argument_are_no_placeholder(line: str) -> None:
    assert lines(site(SOUND.replace("    interface eth0", line))) == []


def test_a_format_of_haproxy_is_none() -> None:
    text = 'frontend f\n    log-format "%{+Q}r %[src] {%hr} {%hs}"\n    http-request deny if { src 192.0.2.1 }\n'
    assert lines(site(haproxy=text)) == []


def test_a_script_may_have_what_it_likes() -> None:
    assert lines(site(more={"/usr/local/bin/check.sh": "echo {{ x }} ${STATE} <HOST>\n"})) == []


@pytest.mark.parametrize("head", ["virtual_server 192.0.2.1 80 {", "virtual_server fwmark 1 {"])
def test_lvs_is_refused_by_line(head: str) -> None:
    found = refusals(site(f"{SOUND}{head}\n    delay_loop 6\n}}\n"))
    assert [(each.path, each.line) for each in found] == [("keepalived.conf", 8)]
    assert "LVS" in found[0].said


@pytest.mark.parametrize(
    "text, line",
    [
        (SOUND.replace("vrrp_instance V {\n", "vrrp_instance V {\n  lvs_sync_daemon_interface eth0\n"), 2),
        (f"global_defs {{\n  lvs_sync_daemon eth0 V\n}}\n{SOUND}", 2),
    ],
)
def test_a_synchronisation_of_lvs_is_refused_since_keepalived_ends_in_a_container(text: str, line: int) -> None:
    assert text != SOUND
    found = refusals(site(text))
    assert [each.line for each in found] == [line]
    assert "take the line out of the file" in found[0].said


def test_in_an_included_file_it_is_that_files_line() -> None:
    more = {"/etc/keepalived/conf.d/lvs.conf": "# ours\nvirtual_server 192.0.2.1 80 {\n}\n"}
    assert lines(site(f"include conf.d/*.conf\n{SOUND}", more=more)) == [("lvs.conf", 2)]


def test_what_cannot_be_read_is_left_to_keepalived() -> None:
    assert lines(site("vrrp_instance V {\n")) == []
