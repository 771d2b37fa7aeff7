"""Which changes are known for the recorded sites, and what they make of copies of the files."""

import pytest

from harness import lint
from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.candidates import candidates
from harness.gate.preventions.plan import announced, most_s
from harness.gate.preventions.question import question
from harness.model.errors import UsageError
from harness.site.site import KEEPALIVED
from tests.lint_pairs import conf, two
from tests.recorded_sites import SITES, recorded


def known(prepared: Prepared) -> dict[str, Candidate]:
    every = candidates(prepared, [test.name for test in prepared.tests])
    return {each.name: each for each in every}


def said(site: str, name: str) -> list[str]:
    prepared = prepare(recorded(site), Wish())
    return [each.said for each in known(prepared)[name].changes(prepared.pair.site)]


OF_PROCESS, CURL = 'script "/usr/bin/pgrep -x haproxy"', "/usr/bin/curl -s -f -m 2 -o /dev/null"
ASKS = "/usr/bin/curl -k -s -m 1 -o /dev/null"
CHECK = 'vrrp_script haproxy_runs { script "/usr/bin/pgrep -x haproxy" interval 2 fall 2 }'


@pytest.mark.parametrize(
    "site, name, changes",
    [
        (
            "forum-no-check",
            "tracked check",
            [
                f"f1/keepalived.conf, at the begin: {CHECK}",
                "f1/keepalived.conf, after line 1: track_script { haproxy_runs }",
                f"f2/keepalived.conf, at the begin: {CHECK}",
                "f2/keepalived.conf, after line 1: track_script { haproxy_runs }",
            ],
        ),
        (
            "clinic-small-weight",
            "chk_haproxy without a weight",
            ["cl-lb-1/keepalived.conf:11: without weight -10", "cl-lb-2/keepalived.conf:11: without weight -10"],
        ),
        (
            "clinic-small-weight",
            "chk_haproxy with weight -51",
            [
                "cl-lb-1/keepalived.conf:11: weight -51 instead of weight -10",
                "cl-lb-2/keepalived.conf:11: weight -51 instead of weight -10",
            ],
        ),
        (
            "market-weight-nopreempt",
            "nopreempt left out",
            ["mkt1/keepalived.conf:11: without nopreempt", "mkt2/keepalived.conf:11: without nopreempt"],
        ),
        (
            "booking-vrid",
            "virtual_router_id 41",
            ["beta/keepalived.conf:10: virtual_router_id 41 instead of virtual_router_id 14"],
        ),
        ("bank-priority-255", "priority 254", ["bk1/keepalived.conf:19: priority 254 instead of priority 255"]),
        (
            "parcel-strict",
            "strict VRRP left out",
            ["depot1/keepalived.conf:4: without vrrp_strict", "depot2/keepalived.conf:4: without vrrp_strict"],
        ),
        (
            "press-include",
            "haproxy_answers asks for the process",
            [f'10-checks.conf:3: {OF_PROCESS} instead of script "{CURL} http://127.0.0.1:8090/alive"'],
        ),
        (
            "wiki-minimal",
            "haproxy_alive asks HAProxy",
            [
                f'{node}/keepalived.conf:2: script "{ASKS} http://127.0.0.1:80/" instead of script "killall -0 haproxy"'
                for node in ("lb1", "lb2")
            ],
        ),
        ("one-file-at-lines", "init_fail", ["keepalived.conf, after line 14: init_fail"]),
        (
            "three-nodes-unicast",
            "garp_master_refresh 1",
            [
                f"node-{node}/keepalived.conf:6: vrrp_garp_master_refresh 1 instead of vrrp_garp_master_refresh 60"
                for node in "abc"
            ],
        ),
    ],
)
def test_what_is_written_where(site: str, name: str, changes: list[str]) -> None:
    assert said(site, name) == changes


@pytest.mark.parametrize(
    "frontends, url",
    [
        ("frontend a\n bind *:80\n default_backend app", "http://127.0.0.1:80/"),
        ("frontend a\n bind *:80\n default_backend app\nlisten own\n bind 127.0.0.1:8404\n", "http://127.0.0.1:8404/"),
        ("frontend a\n bind *:443 ssl crt /a.pem\n default_backend app", "https://127.0.0.1:443/"),
        ("frontend a\n bind 192.0.2.10:80\n default_backend app", ""),
        ("frontend a\n bind *:80 accept-proxy\n default_backend app", ""),
        ("frontend a\n mode tcp\n bind *:80\n default_backend app", ""),
    ],
)
def test_a_check_asks_what_answers_on_its_own_node(frontends: str, url: str) -> None:
    cfg = f"defaults\n mode http\n{frontends}\nbackend app\n server app1 192.0.2.21:8080 check\n"
    asked = question(two(cfg, confs=(conf(100), conf(90))).nodes[0])
    assert asked == (f"{ASKS} {url}" if url else None)


def test_a_check_that_is_there_is_not_added_again() -> None:
    assert "tracked check" not in known(prepare(recorded("wiki-minimal"), Wish()))


def test_copies_are_changed_and_nothing_else() -> None:
    prepared = prepare(recorded("forum-no-check"), Wish())
    site = prepared.pair.site
    before = {name: node.texts for name, node in site.nodes.items()}
    changed = known(prepared)["tracked check"].on(site)
    assert {name: node.texts for name, node in site.nodes.items()} == before
    text = changed.nodes["f2"].texts[KEEPALIVED]
    begin = 'vrrp_script haproxy_runs {\n    script "/usr/bin/pgrep -x haproxy"\n    interval 2\n    fall 2\n}\n\n'
    track = "    track_script {\n        haproxy_runs\n    }\n"
    assert text == begin + before["f2"][KEEPALIVED].replace("forum {\n", f"forum {{\n{track}")
    others = [file for file in changed.nodes["f2"].files if file.path != KEEPALIVED]
    assert others == [file for file in site.nodes["f2"].files if file.path != KEEPALIVED]


def test_a_line_that_is_left_out_leaves_an_empty_one_so_that_others_keep_their_numbers() -> None:
    prepared = prepare(recorded("clinic-small-weight"), Wish())
    lines = known(prepared)["chk_haproxy without a weight"].on(prepared.pair.site).nodes["cl-lb-1"].texts[KEEPALIVED]
    assert lines.split("\n")[9:12] == ["    interval 2", "", "    fall 2"]


def test_every_change_of_every_site_can_be_read_again() -> None:
    for name in SITES:
        try:
            prepared = prepare(recorded(name), Wish())
        except UsageError:  # no lab can be made of it
            continue
        for each in known(prepared).values():
            changed = each.on(prepared.pair.site)
            examined = {node.name: node.examined for node in prepared.pair.nodes}
            documents = [node.document.body for node in lint.pair(changed, examined).nodes]
            assert all(documents), f"{name}: {each.name}"
            assert documents != [node.document.body for node in prepared.pair.nodes], f"{name}: {each.name}"


def test_half_a_change_is_none() -> None:
    """Of one node the block is in one line, where keepalived takes one keyword."""
    plain, narrow = conf(100), conf(90).replace("vrrp_instance", "global_defs { router_id b }\nvrrp_instance", 1)
    prepared = prepare(two(confs=(plain, narrow)), Wish())
    assert "vrrp_higher_prio_send_advert" not in known(prepared)
    assert "vrrp_higher_prio_send_advert" in known(prepare(two(confs=(plain, conf(90))), Wish()))


def test_changes_are_for_the_tests_that_fail() -> None:
    prepared = prepare(recorded("forum-no-check"), Wish())
    (only,) = candidates(prepared, ["haproxy-killed", "freeze"])
    assert (only.name, only.tests) == ("tracked check", ("haproxy-killed",))
    assert candidates(prepared, []) == ()


def test_what_may_be_tried_is_said_first_with_its_time() -> None:
    prepared = prepare(recorded("forum-no-check"), Wish(only=("haproxy-killed",), preventions=3))
    told = list(announced(prepared, 3))
    assert told[0] == "preventions: each for the tests that fail, 3 trials before and with it"
    assert told[1].endswith(" min more if all of these tests fail and each change helps")
    assert told[2] == "  tracked check (if haproxy-killed fails)"
    killed = next(test for test in prepared.tests if test.name == "haproxy-killed")
    assert most_s(prepared, 3) > 5 * (killed.watch_ns / 1e9)


def test_where_no_change_is_known_it_is_said() -> None:
    prepared = prepare(recorded("forum-no-check"), Wish(only=("freeze",), preventions=3))
    assert list(announced(prepared, 3)) == ["preventions: no change of one setting is known for these files and tests"]


def test_a_round_of_the_battery_and_the_rest_of_the_budget_is_for_preventions() -> None:
    pair = recorded("forum-no-check")
    assert prepare(pair, Wish(quick=True, budget_s=3600)).trials > 1
    assert prepare(pair, Wish(quick=True, budget_s=3600, preventions=3)).trials == 1
