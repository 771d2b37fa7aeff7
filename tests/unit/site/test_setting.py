"""`set`: what differs on a node that shares a keepalived.conf. Every other line keeps its number."""

import re

import pytest

from harness.model.errors import UsageError
from harness.model.keepalived import VrrpSettings, parse_keepalived
from harness.site.setting import KEYWORDS, SYNTAX, with_settings
from harness.site.site import KEEPALIVED, SiteFile, SiteNode

TEXT = """\
# both
vrrp_instance ONE {
    state MASTER        # BACKUP on lb2
    interface eth0

    virtual_router_id 7
    @lb1 priority 200
    @lb2 priority 150
    track_interface { eth1 }
}
vrrp_instance TWO {
    interface eth0
    virtual_router_id 8
    priority $PRIO
}
"""


def nodes(text: str = TEXT, **more: str) -> dict[str, SiteNode]:
    files = (
        SiteFile("keepalived.conf", KEEPALIVED, text.encode(), 0o644),
        *(SiteFile(name, f"/etc/keepalived/{name}.conf", each.encode(), 0o644) for name, each in more.items()),
    )
    return {name: SiteNode(name, files, {}, name) for name in ("lb1", "lb2")}


def changed(*said: str, text: str = TEXT, node: str = "lb2") -> str:
    return with_settings(nodes(text), said)[node].texts[KEEPALIVED]


def settings(text: str, node: str = "lb2") -> dict[str, VrrpSettings]:
    return {each.instance: each for each in parse_keepalived(text, node)}


def test_a_line_is_replaced_in_every_instance_of_that_node_alone() -> None:
    text = changed("lb2:priority=90")
    assert [each.priority for each in settings(text).values()] == [90, 90]
    assert changed("lb2:priority=90", node="lb1") == TEXT
    assert len(text.splitlines()) == len(TEXT.splitlines())


def test_of_one_instance() -> None:
    found = settings(changed("lb2:ONE:priority=90,virtual_router_id=9", text=TEXT.replace("$PRIO", "100")))
    assert {name: (each.priority, each.vrid) for name, each in found.items()} == {"ONE": (90, 9), "TWO": (100, 8)}


def test_a_setting_without_a_line_takes_a_place_of_its_own() -> None:
    """keepalived takes one keyword of a line: behind the brace, then in an empty line."""
    lines = changed("lb2:ONE:advert_int=2,preempt_delay=5").split("\n")
    assert (lines[1], lines[4].strip()) == ("vrrp_instance ONE { advert_int 2", "preempt_delay 5")
    assert [line for line in lines[5:] if line in TEXT] == lines[5:]


def test_later_ones_count() -> None:
    assert "priority 80" in changed("lb2:priority=90", "lb2:priority=80")


def test_in_an_included_file() -> None:
    more = {"vips": "vrrp_instance ONE {\n    priority 100\n}\n"}
    found = with_settings(nodes("include vips.conf\n", **more), ["lb2:priority=90"])["lb2"]
    assert found.texts["/etc/keepalived/vips.conf"].split("\n")[1] == "    priority 90"


@pytest.mark.parametrize(
    "said, words",
    [
        ("lb3:priority=90", "There is no node 'lb3'. Did you mean"),
        ("lb2:THREE:priority=90", "There is no vrrp_instance of lb2 'THREE'. Valid: ONE, TWO."),
        ("lb2:prioritty=90", "There is no keyword of set 'prioritty'. Did you mean 'priority'? Valid: advert_int,"),
        ("lb2:priority=256", "set priority is '256'; valid is a number from 1 to 255."),
        ("lb2:priority=0", "set priority is '0'"),
        ("lb2:priority=", "set priority is ''"),
        ("lb2:state=SLAVE", "set state is 'SLAVE'; valid is MASTER or BACKUP."),
        ("lb2:advert_int=1s", "set advert_int is '1s'; valid is a number of seconds."),
        ("lb2:interface=eth0 }", "set interface is 'eth0 }'; valid is a word"),
        ("lb2:interface=eth0\n}", "valid is a word"),
        ("lb2:priority", f"valid is {SYNTAX}."),
        ("lb2", f"set is 'lb2'; valid is {SYNTAX}."),
        ("", f"set is ''; valid is {SYNTAX}."),
        ("priority=90", f"valid is {SYNTAX}."),
    ],
)
def test_a_bad_value_is_named_with_the_valid_ones(said: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        changed(said)


@pytest.mark.parametrize(
    "text, where",
    [
        ("vrrp_instance V { priority 7\n}\n", "keepalived.conf:1: set priority cannot change"),
        ("vrrp_instance V\n{\n    interface eth0\n}\n", "keepalived.conf:1: set priority finds no line for it: write"),
        ("$P=priority 7\nvrrp_instance V {\n    $P\n}\n", "keepalived.conf:3: set priority cannot change '$P'"),
    ],
)
def test_a_line_that_cannot_be_changed_is_named(text: str, where: str) -> None:
    with pytest.raises(UsageError, match=re.escape(where)):
        changed("lb2:priority=90", text=text)


def test_without_an_instance_there_is_nothing_to_set() -> None:
    with pytest.raises(UsageError, match="There is no vrrp_instance of lb2"):
        changed("lb2:priority=90", text="global_defs {\n}\n")


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_every_keyword_has_valid_values(keyword: str) -> None:
    value = {"state": "BACKUP", "interface": "eth0.30"}.get(keyword, "12")
    assert f"{keyword} {value}" in changed(f"lb2:{keyword}={value}")
