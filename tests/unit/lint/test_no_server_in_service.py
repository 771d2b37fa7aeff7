"""no-server-in-service."""

import pytest

from tests.lint_pairs import SITES, SOUND, found, recorded, two

RULE = "no-server-in-service"
SERVERS = "    server app1 192.0.2.21:8080 check\n    server app2 192.0.2.22:8080 check\n"
EMPTY = SOUND.replace(SERVERS, "")
ELSEWHERE = "default_backend app\n    use_backend other if { path_beg /other }"
OTHER = "backend other\n    server o 192.0.2.31:80\n"


@pytest.mark.parametrize(
    "text, line",
    [
        (EMPTY, 8),
        (SOUND.replace("8080 check", "8080 check disabled"), 9),
        (SOUND.replace("8080 check", "8080 check weight 0"), 9),
        (SOUND.replace("\nbackend app\n", "\nbackend app\n    default-server disabled\n"), 10),
        (SOUND.replace("\nbackend app\n", "\nbackend app\n    disabled\n"), 8),
        (f"{EMPTY}    http-request deny if {{ path /x }}\n", 8),
        (f"{EMPTY}    balance roundrobin\n", 8),
    ],
)
def test_customers_get_503(text: str, line: int) -> None:
    assert found(RULE, two(text)) == [("error", f"haproxy.cfg:{line}")]


@pytest.mark.parametrize(
    "text",
    [
        SOUND,
        SOUND.replace("21:8080 check", "21:8080 check disabled"),
        SOUND.replace("8080 check", "8080 check disabled no-disabled"),
        f"{EMPTY}    http-request return status 200\n",
        f"{EMPTY}    redirect location https://www.example.com/\n",
        f"{EMPTY}    errorfile 503 /etc/haproxy/sorry.http\n",
        f"{EMPTY}    http-request deny\n",
        EMPTY.replace("bind *:80", "bind *:80\n    http-request redirect scheme https"),
        EMPTY.replace("default_backend app", ELSEWHERE) + OTHER,  # for what no site takes
        EMPTY.replace("default_backend app", "default_backend nowhere"),  # HAProxy does not start
        f"{EMPTY}    server-template app 3 app.example.com:80 check\n",
        f"{SOUND}listen stats\n    bind *:8404\n    stats enable\n",
    ],
)
def test_sound(text: str) -> None:
    assert found(RULE, two(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        SOUND.replace("8080 check", "8080 check disabled").replace("default_backend app", ELSEWHERE) + OTHER,
        SOUND.replace("8080 check", "8080 check disabled agent-check agent-port 9"),
        SOUND.replace("8080 check", "8080 disabled").replace(
            "mode http", "mode http\n load-server-state-from-file global"
        ),
    ],
)
def test_servers_that_may_come_into_service(text: str) -> None:
    assert [severity for severity, _ in found(RULE, two(text))] == ["warning"]


def test_the_recorded_sites_have_servers() -> None:
    assert [folder.name for folder in SITES.iterdir() if found(RULE, recorded(folder.name))] == []
