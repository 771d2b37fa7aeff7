"""Who answers a request to a frontend: HAProxy itself or its servers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.site.haproxy import Haproxy, read
from harness.site.haproxy_answer import answer
from harness.site.haproxy_condition import HaproxyRequest
from harness.site.site import HAPROXY

BACKENDS = "backend app\n server a 192.0.2.1:80\nbackend here\n server a 127.0.0.1:80\nbackend none\n"
RETURN = "http-request return status 200"


def cfg(lines: str, mode: str = "http") -> Haproxy:
    return read({HAPROXY: f"frontend web\n mode {mode}\n {lines}\n{BACKENDS}"})


@pytest.mark.parametrize(
    "lines, path, who",
    [
        ("default_backend app", "/", "servers"),
        ("default_backend none", "/", "balancer"),
        ("default_backend here", "/", "unknown"),
        ("monitor-uri /alive\n default_backend app", "/alive", "balancer"),
        ("monitor-uri /alive\n default_backend app", "/alive2", "servers"),
        ("monitor-uri /alive\n default_backend app", None, "unknown"),
        ("monitor-uri /alive\n acl dead nbsrv(app) lt 1\n monitor fail if dead", "/alive", "servers"),
        ("monitor-uri /alive\n acl up nbsrv(app) ge 1\n monitor fail if !up", "/alive", "servers"),
        ("monitor-uri /alive\n monitor fail if { nbsrv(app) lt 1 }", "/alive", "servers"),
        ("monitor-uri /alive\n monitor fail if { stopping }", "/alive", "balancer"),
        (f"{RETURN} if {{ path /up }}\n default_backend app", "/up", "balancer"),
        (f"{RETURN} if {{ path /up }}\n default_backend app", "/", "servers"),
        (f"{RETURN} if {{ path_beg -i /UP /x }}\n default_backend app", "/up/1", "balancer"),
        (f"{RETURN} unless {{ path -m reg ^/a }}\n default_backend app", "/a", "servers"),
        (f"{RETURN} if {{ path -m str /a }}\n default_backend app", "/a", "balancer"),
        (f"{RETURN} if {{ path -m str /a }}\n default_backend app", "/b", "servers"),
        (f"{RETURN} if {{ path -i -- /A }}\n default_backend app", "/a", "balancer"),
        (f"{RETURN} if {{ path_dir img }}\n default_backend app", "/a/img/b", "balancer"),
        (f"{RETURN} if {{ path_sub b/ }} or {{ path_end .js }}\n default_backend app", "/a.js", "balancer"),
        (f"{RETURN} if nowhere\n default_backend app", "/a", "unknown"),
        (f"{RETURN} if TRUE\n default_backend app", "/a", "balancer"),
        ("redirect location / if { path /old }\n default_backend app", "/old", "balancer"),
        (f"{RETURN} if {{ path -f /etc/list }}\n default_backend app", "/a", "unknown"),
        (f"{RETURN} if {{ path_reg ( }}\n default_backend app", "/a", "unknown"),
        (f"{RETURN} if {{ src 192.0.2.0/24 }}\n default_backend app", "/", "unknown"),
        ("http-request deny if { src 192.0.2.0/24 }\n default_backend app", "/", "servers"),
        (f"acl up path /up\n acl up path /up2\n {RETURN} if up\n default_backend app", "/up2", "balancer"),
        ("http-request redirect scheme https unless { ssl_fc }\n default_backend app", "/", "balancer"),
        ("stats enable\n stats uri /st\n default_backend app", "/st;csv", "balancer"),
        ("stats enable\n stats uri /st\n default_backend app", "/x", "servers"),
        ("use_backend none if { path /up }\n default_backend app", "/up", "balancer"),
        ("use_backend none if { path /up } { method GET } || { path /x }\n default_backend app", "/up", "unknown"),
        ("use_backend none if ! { path /up }\n default_backend app", "/up", "servers"),
        ("use_backend %[path]\n default_backend app", "/up", "unknown"),
        ("", "/", "balancer"),
    ],
)
def test_who_answers(lines: str, path: str | None, who: str) -> None:
    haproxy = cfg(lines)
    assert answer(haproxy, haproxy.frontends[0], HaproxyRequest(path, ssl=False)) == who


def test_in_mode_tcp_the_servers_answer_also_a_path_of_the_balancer() -> None:
    haproxy = cfg("monitor-uri /alive\n default_backend app", "tcp")
    assert answer(haproxy, haproxy.frontends[0], HaproxyRequest("/alive", ssl=False)) == "servers"


TEXT = (
    "acl path path_reg -m -i -f [ ( monitor-uri monitor fail use_backend default_backend http-request return stats uri "
    "up /up app none if unless { } ! || or % redirect"
)
WORDS = st.sampled_from(TEXT.split())


@given(st.lists(st.lists(WORDS, max_size=9).map(" ".join)).map("\n".join))
def test_any_text_has_an_answer(text: str) -> None:
    haproxy = cfg(text)
    assert answer(haproxy, haproxy.frontends[0], HaproxyRequest("/up")) in ("balancer", "servers", "unknown")
