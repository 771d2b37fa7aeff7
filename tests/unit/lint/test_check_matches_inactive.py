"""``grep active`` finds inactive."""

import pytest

from tests.lint_pairs import conf, found, two

SCRIPT = "/etc/keepalived/alive.sh"


@pytest.mark.parametrize(
    "text, told",
    [
        ("systemctl is-active haproxy | grep active > /dev/null", True),
        ("systemctl status haproxy.service | grep -q 'active'", True),
        ("if ! systemctl is-active haproxy | grep -c active; then exit 1; fi", True),
        ("[ $(systemctl is-active haproxy | grep active | wc -l) -eq 1 ] || exit 1", True),
        ("systemctl is-active haproxy | grep -w active", False),
        ("systemctl is-active haproxy | grep -qx active", False),
        ("systemctl is-active haproxy | grep ^active", False),
        ("systemctl status haproxy | grep 'active (running)'", False),
        ("systemctl status haproxy | grep active | grep -v dead", False),
        ("systemctl is-active haproxy | grep inactive && exit 1", False),
        ("systemctl is-active nginx | grep active", False),
        ("systemctl status haproxy | grep running", False),
        ("systemctl is-active --quiet haproxy", False),
    ],
)
def test_a_word_that_both_answers_have(text: str, *, told: bool) -> None:
    confs = (conf(101, SCRIPT), conf(100, SCRIPT))
    made = found("check-matches-inactive", two(confs=confs, files={SCRIPT: f"#!/bin/sh\n{text}\n"}))
    assert made == ([("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:2")] if told else [])
