"""keepalived.conf as keepalived itself understands it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.model.configuration import Configuration
from harness.model.errors import BadValue, UsageError
from harness.model.keepalived import Block, VrrpSettings, parse_blocks, parse_keepalived, tracked
from harness.model.keepalived_text import unfilled
from harness.model.topology import Topology
from harness.model.units import ms, s

COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "compose" / "compose.yaml").read_text())


def instance(*lines: str, defaults: str = "vrrp_version 3") -> VrrpSettings:
    text = f"global_defs {{\n{defaults}\n}}\nvrrp_instance V {{\nvirtual_router_id 51\n" + "\n".join(lines) + "\n}\n"
    return parse_keepalived(text)[0]


def test_defaults() -> None:
    """keepalived.conf(5): priority 100, one advert a second, five gratuitous ARPs and five more after 5 s."""
    settings = instance()
    assert (settings.priority, settings.advert_int_ns, settings.preempt) == (100, 1 * s, True)
    assert (settings.garp_master_delay_ns, settings.garp_master_repeat) == (5 * s, 5)
    assert (settings.garp_master_refresh_ns, settings.garp_master_refresh_repeat) == (0, 1)
    assert (settings.garp_lower_prio_delay_ns, settings.garp_lower_prio_repeat) == (5 * s, 5)
    assert settings.higher_prio_send_advert is False


@pytest.mark.parametrize(
    "advert_int, priority, version, expected",
    [
        ("1", 150, 3, 3414),
        ("1", 100, 3, 3609),
        ("0.3", 150, 3, 1024),
        ("0.3", 100, 3, 1083),
        ("0.1", 150, 3, 341),
        ("0.1", 100, 3, 361),
        ("1", 100, 2, 3609),
        ("0.3", 100, 2, 3609),  # version 2 rounds to a whole second
        ("1.5", 100, 2, 6609),
        ("0.104", 100, 3, 361),  # version 3 rounds to centiseconds
    ],
)
def test_master_down(advert_int: str, priority: int, version: int, expected: int) -> None:
    settings = instance(f"advert_int {advert_int}", f"priority {priority}", defaults=f"vrrp_version {version}")
    assert round(settings.master_down_ns / ms) == expected


def test_version_2_is_the_default_and_an_instance_overrides() -> None:
    assert instance(defaults="").version == 2
    assert instance("version 3", defaults="").version == 3


def test_global_defaults_are_overridden_by_the_instance() -> None:
    defaults = "vrrp_garp_master_refresh 10\nvrrp_garp_master_repeat 2\nvrrp_higher_prio_send_advert true"
    settings = instance("garp_master_refresh 3", "higher_prio_send_advert off", defaults=defaults)
    assert settings.garp_master_refresh_ns == 3 * s
    assert settings.garp_lower_prio_repeat == settings.garp_master_repeat == 2
    assert settings.higher_prio_send_advert is False
    assert instance(defaults="vrrp_higher_prio_send_advert").higher_prio_send_advert is True


def test_state_master_clears_nopreempt() -> None:
    """As keepalived does, with a warning in its log only."""
    assert instance("nopreempt", "state BACKUP").preempt is False
    assert instance("nopreempt", "state MASTER").preempt is True
    assert instance("preempt_delay 30").preempt_delay_ns == 30 * s
    assert instance("preempt_delay 30", "nopreempt").preempt_delay_ns == 0


def test_vips_lose_prefix_and_device() -> None:
    settings = instance("virtual_ipaddress {", "10.77.0.100/24 dev lan0", "10.77.0.101", "}")
    assert settings.vips == ("10.77.0.100", "10.77.0.101")


def test_vips_that_adverts_leave_out_are_vips() -> None:
    settings = instance("virtual_ipaddress_excluded {", "10.77.0.2", "}", "virtual_ipaddress {", "10.77.0.1", "}")
    assert settings.vips == ("10.77.0.1", "10.77.0.2")


def bare(block: Block) -> Block:
    """Without the places in the file."""
    return Block(block.words, tuple(bare(inner) for inner in block.body))


def test_braces_comments_and_quotes() -> None:
    """A brace may stand on the next line; ``#`` and ``!`` begin a comment anywhere but in quotation marks."""
    text = """
    ! keepalived
    vrrp_instance "my V"   # the pair
    {
        virtual_router_id 51 ! one
        notify "/etc/notify!x#y"
        notify_stop /etc/stop!x
        virtual_ipaddress { 10.0.0.1 }
    }
    """
    assert bare(parse_blocks(text)) == Block(
        ("",),
        (
            Block(
                ("vrrp_instance", "my V"),
                (
                    Block(("virtual_router_id", "51")),
                    Block(("notify", "/etc/notify!x#y")),
                    Block(("notify_stop", "/etc/stop")),
                    Block(("virtual_ipaddress",), (Block(("10.0.0.1",)),)),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    "text, error, words",
    [
        ("vrrp_instance V {\npriority 100", UsageError, "'vrrp_instance V' is never closed"),
        ("}", UsageError, "no block is open before this '}'"),
        ("a {\n" * 51 + "}\n" * 51, UsageError, "line 50: more than 50 blocks"),
        ('vrrp_instance "V {', UsageError, "line 1: a quotation mark is never closed"),
        ("vrrp_instance V {\n{\n}\n}", UsageError, "line 2: no block's name stands before this '{'"),
        ("vrrp_instance V {\npriority 1\n}\n}", UsageError, "line 4: no block is open before this '}'"),
        ("vrrp_instance V {\nadvert_int often\n}", BadValue, "advert_int is 'often'"),
    ],
)
def test_errors_show_the_place(text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        parse_keepalived(text)


@pytest.mark.parametrize(
    "name", ["default", "advert-100ms", "garp-master-refresh", "higher-prio-send-advert", "track-haproxy"]
)
def test_our_own_configurations(name: str) -> None:
    topology = Topology.from_compose(COMPOSE)
    for router in topology.virtual_routers.values():
        for node, priority in zip(router.nodes, (150, 100), strict=True):
            text = Configuration.load(name).render(topology, node)["/etc/keepalived/keepalived.conf"]
            settings = next(i for i in parse_keepalived(text) if i.vrid == router.vrid)
            assert (settings.priority, settings.vips, settings.version) == (priority, (router.first.address,), 3)
            assert settings.preempt


WORDS = st.lists(st.sampled_from(["vrrp", "a_b", "10.0.0.1/24", "0.5", "/x"]), min_size=1, max_size=3).map(tuple)
BLOCKS = st.recursive(
    st.builds(Block, WORDS),
    lambda inner: st.builds(Block, WORDS, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)


def write(block: Block, newline: str) -> str:
    head = " ".join(block.words)
    return head if not block.body else f"{head}{newline}{{\n" + "\n".join(write(b, newline) for b in block.body) + "\n}"


@given(st.lists(BLOCKS, max_size=3), st.sampled_from([" ", "\n", ""]))
def test_what_is_written_is_read(blocks: list[Block], newline: str) -> None:
    text = "\n".join(write(block, newline) for block in blocks)
    assert bare(parse_blocks(text)).body == tuple(blocks)


def test_what_two_nodes_must_agree_on() -> None:
    settings = instance("authentication {", "auth_type PASS", "auth_pass x", "}", "unicast_peer {", "10.77.0.2", "}")
    assert settings.authentication == ("auth_type", "PASS", "auth_pass", "x")
    assert settings.unicast_peers == ("10.77.0.2",)
    assert settings.sync_group == ""


def test_sync_group() -> None:
    text = "vrrp_sync_group G {\n group {\n A\n B\n }\n}\n" + "".join(f"vrrp_instance {n} {{\n}}\n" for n in "ABC")
    assert [one.sync_group for one in parse_keepalived(text)] == ["G", "G", ""]


ONE_FILE_FOR_BOTH = """
$VRID=51
$MINE=$VRID
vrrp_script chk {
    script "awk '{print $1}' /it's/here"    # an apostrophe and braces in quotation marks are the shell's
}
vrrp_instance V {
    virtual_router_id ${MINE}
    advert_int 0.$VRID
    priority 100
    @lb-ext-1 priority 240
    @^lb-ext-1 nopreempt
    notify "/bin/x \\"a } b\\""
    virtual_ipaddress { 10.77.0.100/24 }
}
"""


def test_lines_of_one_node() -> None:
    """``@NODE`` counts there, ``@^NODE`` on every other node; keepalived.conf(5), "Conditional configuration"."""
    (first,) = parse_keepalived(ONE_FILE_FOR_BOTH, "lb-ext-1")
    (second,) = parse_keepalived(ONE_FILE_FOR_BOTH, "lb-ext-2")
    assert (first.priority, first.preempt) == (240, True)
    assert (second.priority, second.preempt) == (100, False)


def test_definitions() -> None:
    """``$NAME`` and ``${NAME}``, a value that names another; what is not defined stays as it is."""
    (settings,) = parse_keepalived(ONE_FILE_FOR_BOTH, "lb-ext-1")
    assert (settings.vrid, settings.vips) == (51, ("10.77.0.100",))
    assert settings.advert_int_ns == 1 * s  # version 2
    assert parse_blocks("router_id $NOWHERE").body[0].words == ("router_id", "$NOWHERE")


def test_predefined_definitions() -> None:
    """keepalived.conf(5), "Pre-defined definitions": the name given by -i, and the folder of the file that is read."""
    included = {"/etc/keepalived/conf.d/a.conf": "notify ${_PWD}/notify.sh\n"}
    text = "router_id ${_INSTANCE}\nrouter_id pair-$_INSTANCE\ninclude ${_PWD}/conf.d/a.conf\nnotify ${_PWD}/x.sh\n"
    words = [block.words[1] for block in parse_blocks(text, "lb-ext-1", included).body]
    assert words == ["lb-ext-1", "pair-lb-ext-1", "/etc/keepalived/conf.d/notify.sh", "/etc/keepalived/x.sh"]
    assert list(unfilled(text, "lb-ext-1", included)) == []


def test_other_names_with_a_leading_underscore_are_keepaliveds_to_judge() -> None:
    """A random number or a variable of the environment: no placeholder of a guide, and no block."""
    text = "router_id a${_RANDOM 1 5}\nrouter_id ${_ENV_SITE}\nrouter_id $_RANDOM\nstate ${STATE}\n"
    assert [name for _, name in unfilled(text)] == ["${STATE}"]
    assert [block.words[0] for block in parse_blocks(text).body][:3] == ["router_id"] * 3
    with pytest.raises(BadValue, match="priority"):
        parse_keepalived("vrrp_instance V {\npriority ${_RANDOM 100 200}\n}\n")


def test_an_include_names_files_of_its_own_folder() -> None:
    """As glob(3): a `*` is no slash, and a relative path begins at the file that includes."""
    included = {
        "/etc/keepalived/conf.d/a.conf": "router_id a\n",
        "/etc/keepalived/conf.d/old/b.conf": "router_id b\n",
        "/etc/sysctl.d/c.conf": "router_id c\n",
    }
    assert [block.words[1] for block in parse_blocks("include conf.d/*.conf\n", "", included).body] == ["a"]


def test_a_file_that_includes_itself_is_refused() -> None:
    included = {"/etc/keepalived/a.conf": "include a.conf\n"}
    with pytest.raises(UsageError, match=r"include a\.conf: the file includes itself"):
        parse_blocks("include a.conf\n", "", included)


def test_an_include_is_followed() -> None:
    """By its file name; definitions go on into it."""
    text = "$P=77\ninclude conf.d/*.conf\n"
    included = {
        "/etc/keepalived/conf.d/20-b.conf": "vrrp_instance B {\npriority $P\n}\n",
        "/etc/keepalived/conf.d/10-a.conf": "vrrp_instance A {\n}\n",
        "/etc/keepalived/check.sh": "not { this\n",
    }
    assert [(one.instance, one.priority) for one in parse_keepalived(text, "", included)] == [("A", 100), ("B", 77)]
    block = parse_blocks(text, "", included).body[1]
    assert (block.file, block.line) == ("/etc/keepalived/conf.d/20-b.conf", 1)


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "a\n~SEQ(X, 1, 3) router_id $X",
            r"line 2: ~SEQ\(X, 1, 3\) router_id \$X: the harness does not read sequences",
        ),
        ("~LST(X, a, b) router_id $X", "does not read sequences and lists"),
        ("include nowhere.conf", "line 1: include nowhere.conf: no such file was given"),
    ],
)
def test_what_is_not_read_is_refused(text: str, words: str) -> None:
    """No bound follows from lines that keepalived reads otherwise."""
    with pytest.raises(UsageError, match=words):
        parse_keepalived(text)


def test_a_definition_of_several_lines() -> None:
    """keepalived.conf(5): a line that ends with a backslash goes on. They count where the name stands."""
    text = (
        "$N=7\n$CARD=e0\n$VIPS=\\\n  192.0.2.1/24 dev $CARD \\\n@other 192.0.2.2\\\n 192.0.2.${N}\n"
        "vrrp_instance V {\nvirtual_ipaddress {\n$VIPS\n}\npriority $N\n}\n"
    )
    (block,) = parse_blocks(text, "me").body
    listed = block.body[0]
    assert [line.words for line in listed.body] == [("192.0.2.1/24", "dev", "e0"), ("192.0.2.7",)]
    assert list(unfilled(text, "me")) == []
    assert [line.line for line in (*listed.body, block.body[1])] == [9, 9, 11]
    assert [each.words for each in parse_blocks("$A=x\\").body] == []


def test_only_a_line_feed_ends_a_line() -> None:
    """For keepalived, which takes a carriage return for a blank; the numbers of lines are its own."""
    (block,) = parse_blocks("a\rb\x0c\r\n\nvrrp_instance V {\r\npriority 7\r\n}\r\n").all("vrrp_instance")
    assert (block.line, block.body[0].words, block.body[0].line) == (3, ("priority", "7"), 4)


def test_unfilled_parameters() -> None:
    """Outside quotation marks only: in them they are the shell's."""
    text = '$A=1\nrouter_id $A\nstate ${STATE}\n@other priority $P\nscript "echo $HOME"\nauth_pass $PASS # $X\n'
    found = [(line.number, name) for line, name in unfilled(text, "me")]
    assert found == [(3, "${STATE}"), (6, "$PASS")]


def test_what_an_instance_does_not_say() -> None:
    """No VRID (0 is none), no interface, no checks; keepalived.conf(5) for the three adverts."""
    (bare_one,) = parse_keepalived("vrrp_instance {\n}\n")
    assert (bare_one.instance, bare_one.vrid, bare_one.interface, bare_one.weight) == ("", 0, "", 0)
    assert (bare_one.down_timer_adverts, bare_one.use_vmac, bare_one.preempt_delay_ns) == (3, False, 0)
    said = instance("down_timer_adverts 5", "use_vmac", "interface eth1", "preempt_delay 2.5")
    assert (said.down_timer_adverts, said.use_vmac, said.interface) == (5, True, "eth1")
    assert said.preempt_delay_ns == 2500 * ms


@pytest.mark.parametrize(
    "lines, priority, delay_s",
    [
        (["state MASTER"], 255, 0),  # without a priority keepalived takes it for the owner of the address
        (["state BACKUP"], 100, 0),
        (["state MASTER", "priority 150", "preempt_delay 30"], 150, 0),  # cleared, with a warning in its log only
        (["state BACKUP", "priority 150", "preempt_delay 30"], 150, 30),
    ],
)
def test_state_master_changes_what_the_file_says(lines: list[str], priority: int, delay_s: int) -> None:
    """vrrp_complete_instance()."""
    settings = instance(*lines)
    assert (settings.priority, settings.preempt_delay_ns) == (priority, delay_s * s)


@pytest.mark.parametrize(
    "version, written, expected_ms",
    [(2, "0.1", 1000), (2, "1.49", 1000), (2, "1.5", 2000), (3, "0.004", 10), (3, "0.105", 110), (3, "0.1049", 100)],
)
def test_the_interval_is_rounded_to_what_an_advert_can_carry(version: int, written: str, expected_ms: int) -> None:
    """Whole seconds in VRRPv2, centiseconds in VRRPv3; never none at all."""
    assert instance(f"advert_int {written}", defaults=f"vrrp_version {version}").advert_int_ns == expected_ms * ms


def test_master_down_to_the_nanosecond() -> None:
    """RFC 5798 section 6.1: 3 s and (256 - 100) × 1 s / 256."""
    assert instance("advert_int 1", "priority 100").master_down_ns == 3_609_375_000


@pytest.mark.parametrize(
    "priority, weight, failed, effective",
    [
        (100, "weight 20", 100, 120),
        (100, "weight -20", 80, 100),
        (100, "weight 20 reverse", 100, 80),  # tests/data/dumps/unicast: 120, and 113 with ``weight 7 reverse``
        (100, "weight -20 reverse", 120, 100),
        (250, "weight 20", 250, 254),  # 255 is the owner's alone
        (5, "weight 20 reverse", 5, 1),  # 0 says that a master gives up
        (255, "weight 20 reverse", 255, 255),  # no weight moves an owner
        (100, "", 100, 100),  # its failure is a FAULT
    ],
)
def test_what_a_check_adds(priority: int, weight: str, failed: int, effective: int) -> None:
    """keepalived.conf(5): a weight above 0 counts while the check succeeds, one below 0 while it fails."""
    text = f"vrrp_script up {{\n script true\n {weight}\n}}\n"
    text += f"vrrp_instance V {{\npriority {priority}\ntrack_script {{\n up\n}}\n}}\n"
    document = parse_blocks(text)
    (settings,) = parse_keepalived(text)
    (check,) = tracked(document, next(document.all("vrrp_instance")))
    assert settings.effective_priority == effective
    assert msgspec.structs.replace(settings, weight=check.adds(failed=True)).effective_priority == failed


def test_where_a_weight_is_written() -> None:
    """The tracking line's own counts before the script's, and a script that is defined nowhere is left out."""
    text = """
    vrrp_script a { weight 5 reverse }
    vrrp_script b { script true }
    vrrp_instance V {
        track_script {
            a
            a weight -7
            b weight 9 reverse
            b
            gone weight 3
        }
    }
    """
    document = parse_blocks(text)
    found = list(tracked(document, next(document.all("vrrp_instance"))))
    assert [(check.name, check.weight, check.reverse) for check in found] == [
        ("a", 5, True), ("a", -7, False), ("b", 9, True), ("b", 0, False),
    ]  # fmt: skip
    assert [check.place.line for check in found] == [2, 7, 8, 9]
    assert parse_keepalived(text)[0].weight == -5 - 9


@pytest.mark.parametrize("written", ["A B", "A\n B"])
def test_each_word_of_a_group_is_an_instance(written: str) -> None:
    """read_value_block() of keepalived's parser: their lines do not matter."""
    text = f"vrrp_sync_group G {{\n group {{\n {written}\n }}\n}}\n"
    text += "".join(f"vrrp_instance {name} {{\n}}\n" for name in "ABC")
    assert [one.sync_group for one in parse_keepalived(text)] == ["G", "G", ""]


def test_the_later_line_wins_and_a_peer_is_the_first_word_of_its_line() -> None:
    settings = instance("priority 7", "priority 8", "unicast_peer {", "10.0.0.2 min_ttl 5 max_ttl 60", "}")
    assert (settings.priority, settings.unicast_peers) == (8, ("10.0.0.2",))


@pytest.mark.parametrize("word, on", [("", True), ("on", True), ("off", False), ("FALSE", False), ("no", False)])
def test_a_switch(word: str, on: bool) -> None:  # noqa: FBT001 - a column
    assert instance(f"higher_prio_send_advert {word}").higher_prio_send_advert is on


def test_the_whole_has_no_place_and_an_open_block_is_told_with_its_own() -> None:
    assert (parse_blocks("a").file, parse_blocks("a").line) == ("", 0)
    with pytest.raises(UsageError, match=r"keepalived\.conf, line 2: the block 'inner x' is never closed"):
        parse_blocks("outer {\ninner x {\n a\n")


@pytest.mark.parametrize("node, words", [("me", ["a", "c"]), ("you", ["b", "c"])])
def test_a_condition_that_a_definition_makes(node: str, words: list[str]) -> None:
    text = "$HERE=@me\n$HERE a\n@^me b\nc\n"
    assert [block.words[0] for block in parse_blocks(text, node).body] == words


def test_placeholders_of_a_file_that_was_not_given() -> None:
    with pytest.raises(UsageError, match=r"include nowhere\.conf: no such file was given"):
        list(unfilled("include nowhere.conf\n"))


@pytest.mark.parametrize(
    "top, shortest",
    [
        ("", None),
        ("vrrp_script page {\nscript /usr/bin/ask\n}", 0),  # keepalived.conf(5): interval 1, fall 1
        ("vrrp_script page {\ninterval 2\nfall 3\n}", 4 * s),
        ("vrrp_script page {\ninterval 2\nfall 3\n}\nvrrp_script other {\ninterval 5\nfall 2\n}", 4 * s),
        ("vrrp_script page {\ninterval 2\nfall 3\n}\nvrrp_track_process alive {\nprocess haproxy\n}", 0),
    ],
)
def test_the_shortest_failure_that_a_check_notices(top: str, shortest: int | None) -> None:
    (found,) = parse_keepalived(f"{top}\nvrrp_instance V {{\nvirtual_router_id 51\n}}\n")
    assert min((check.noticed_ns for check in found.checks), default=None) == shortest
