"""haproxy-will-not-start."""

import msgspec
import pytest

from harness.lint import ALL
from harness.site.examined import Answer
from tests.lint_pairs import VIP, found, recorded, two

RULE = "haproxy-will-not-start"


def said(*alerts: str) -> Answer:
    return Answer(
        1, "[NOTICE]   (13) : haproxy version is 3.0.11\n" + "".join(f"[ALERT]    (13) : {each}\n" for each in alerts)
    )


def test_an_alert_at_its_line() -> None:
    answer = said(
        "config : parsing [/etc/haproxy/haproxy.cfg:7] : unknown keyword 'defualt_backend' in 'frontend' section"
    )
    assert found(RULE, two(started=answer)) == [("error", "haproxy.cfg:7")]


@pytest.mark.parametrize(
    "said_of, place",
    [
        ("Proxy 'web': unable to find required default_backend: 'app'.", "haproxy.cfg:7"),
        ("Proxy 'app': unable to find required use_backend: 'x'.", "haproxy.cfg:8"),
        ("proxy 'gone' has no such thing.", "haproxy.cfg:1"),
        ("something without a name.", "haproxy.cfg:1"),
    ],
)
def test_an_alert_that_names_a_proxy_only(said_of: str, place: str) -> None:
    assert found(RULE, two(started=said(f"config : {said_of}"))) == [("error", place)]


def test_a_host_s_name_that_is_no_peer_s() -> None:
    """The host may have another name than pair.toml says."""
    answer = said("config : Proxy 'app': unable to find local peer 'lb1' in peers section 'lbs'.")
    assert found(RULE, two(started=answer)) == [("warning", "haproxy.cfg:8")]


def test_an_alert_of_another_file() -> None:
    path = "/etc/haproxy/conf.d/20-web.cfg"
    answer = said(f"config : parsing [{path}:3] : unknown keyword 'x' in 'frontend' section")
    assert found(RULE, two(started=answer, files={path: ""})) == [("error", "20-web.cfg:3")]


def test_a_last_line_without_its_break() -> None:
    answer = said(
        "config : parsing [/etc/haproxy/haproxy.cfg:9]: Missing LF on last line, file might have been truncated"
    )
    assert [each.instead for each in ALL[RULE](two(started=answer))] == ["a line break after the file's last line"] * 2


def test_a_log_that_nothing_takes_ends_no_haproxy() -> None:
    """A server's check failed while HAProxy ran, and the container has no /dev/log."""
    answer = said("sendmsg()/writev() failed in logger #1: No such file or directory (errno=2)")
    assert found(RULE, two(started=answer)) == []
    assert found("haproxy-file-not-supplied", two(started=answer)) == []


def test_an_address_that_no_card_has() -> None:
    bound = (
        "Binding [/etc/haproxy/haproxy.cfg:6] for frontend web: protocol tcpv4: cannot bind socket "
        "(Cannot assign requested address) for [{}:80]."
    )
    assert found(RULE, two(started=said(bound.format("192.0.2.77")))) == [("error", "haproxy.cfg:6")]
    assert found(RULE, two(started=said(bound.format(VIP)))) == []  # vip-bind-without-nonlocal says it
    assert found(RULE, two(started=said(bound.format("2001:db8::7")))) == []  # the container has no IPv6


def test_a_file_that_was_brought_and_is_wrong() -> None:
    answer = said(
        "config : parsing [/etc/haproxy/haproxy.cfg:6] : 'bind *:80' in section 'frontend' : unable to load a "
        "certificate "
        "from file '/etc/haproxy/tls/www.pem'."
    )
    assert found(RULE, two(started=answer, files={"/etc/haproxy/tls/www.pem": ""})) == [("error", "haproxy.cfg:6")]
    assert found(RULE, two(started=answer)) == []  # haproxy-file-not-supplied says it


def test_a_node_without_haproxy() -> None:
    assert found(RULE, two("", started=said("x"))) == [("error", "haproxy.cfg:1")]
    pair = two("", started=said("x"))
    nodes = tuple(node._replace(site=msgspec.structs.replace(node.site, files=())) for node in pair.nodes)
    assert found(RULE, pair._replace(nodes=nodes)) == []


def test_an_exit_without_a_reason() -> None:
    assert found(RULE, two(started=Answer(139, ""))) == [("error", "haproxy.cfg:1")]


def test_a_node_with_other_files_alone_has_no_haproxy() -> None:
    pair = two("", started=Answer(1, ""))
    other = msgspec.structs.replace(pair.nodes[0].site.files[0], path="/etc/haproxy/list")
    nodes = tuple(node._replace(site=msgspec.structs.replace(node.site, files=(other,))) for node in pair.nodes)
    assert found(RULE, pair._replace(nodes=nodes)) == []


def test_the_folder_of_a_socket_is_asked_for() -> None:
    answer = said(
        "Binding [/etc/haproxy/haproxy.cfg:2] for frontend GLOBAL: protocol unix_stream: cannot bind UNIX socket "
        "(No such file or directory) [/var/run/lb/control.sock].",
        "[haproxy.main()] Some protocols failed to start their listeners! Exiting.",
    )
    assert found(RULE, two(started=answer)) == [("note", "haproxy.cfg:2")]
    assert found(RULE, two(started=answer, directories=("/var/run/lb",))) == []


def test_open_files_are_a_warning_until_the_site_says_that_it_has_them() -> None:
    answer = said("[haproxy.main()] Cannot raise FD limit to 16034, limit is 4000.")
    assert found(RULE, two(started=answer)) == [("warning", "haproxy.cfg:2")]
    assert found(RULE, two(started=answer, needs_nofile=16023)) == [("note", "haproxy.cfg:2")]


@pytest.mark.parametrize("name", ["tls-vip-bound", "three-nodes-unicast", "edge-sync-group", "ldap-nopreempt-process"])
def test_what_only_the_container_lacks_is_no_finding(name: str) -> None:
    assert found(RULE, recorded(name)) == []


def test_open_files_of_recorded_sites() -> None:
    assert found(RULE, recorded("press-include")) == [("note", "haproxy.cfg:6")]
    assert found(RULE, recorded("streams-script-not-supplied")) == [("warning", "haproxy.cfg:2")]
