"""Which checks look at their own node alone: their commands and scripts, as sites have them."""

import pytest

from harness.checks._noticing import stays


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/killall -0 haproxy",
        "killall -0 haproxy >/dev/null 2>&1",
        "pidof haproxy &>/dev/null",
        "pidof haproxy > /dev/null || exit 1",
        "#!/bin/sh\n# asks http://10.0.0.9/\npidof haproxy >/dev/null || exit 1\nss -ltn | grep -q ':631 '\n",
        "if ! pgrep -x haproxy; then exit 1; fi",
        "test -f /run/haproxy.pid",
        "[[ -e /run/haproxy.sock ]] || exit 1",
        "! test -e /etc/maintenance",
        "systemctl is-active --quiet haproxy",
    ],
)
def test_what_looks_at_its_own_node(text: str) -> None:
    assert stays(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "curl -sf http://10.0.0.9/",
        '[ "`curl -s http://10.0.0.9/`" = ok ]',
        "[ $(curl -s http://10.0.0.9/) = ok ]",
        "echo > /dev/tcp/10.0.0.9/80",
        "pidof haproxy && ping -c 1 10.0.0.1",
        "pidof haproxy | /usr/local/bin/ask",
        "/etc/keepalived/check.sh",
    ],
)
def test_what_may_look_beyond_it(text: str) -> None:
    assert not stays(text)
