"""Passwords and keys in files of a site, and texts without them."""

import msgspec
import pytest

from harness.lint import Finding, Judged, LintReport
from harness.site.secrets import redacted, secrets, struct_without, without
from harness.site.site import HAPROXY, Site, SiteFile, SiteNode
from tests.recorded_sites import SITES, recorded

KEY = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIJ1planted\nAAtail==\n-----END EC PRIVATE KEY-----\n"


def site(text: str, path: str = HAPROXY) -> Site:
    return Site({"lb1": SiteNode("lb1", (SiteFile("a", path, text.encode(), 0o644),), {}, "lb1")})


@pytest.mark.parametrize(
    "text, found",
    [
        ("  auth_pass onair-7\n", {"onair-7"}),
        ('  auth_pass "on air"\n', {"on air"}),
        ("  auth_pass longer-than-eight # why\n", {"longer-than-eight", "longer-t"}),
        ("  stats auth admin:tr0ub4dor\n", {"tr0ub4dor"}),
        ("  user tiger password $6$abc.def/9\n", {"$6$abc.def/9"}),
        ("  user tiger password $2y$10$abc.def/9\n", {"$2y$10$abc.def/9"}),
        ("  stats auth admin:admin\n", set()),
        ("  user scott insecure-password elgato\n", {"elgato"}),
        ('  http-check send hdr Authorization "Basic dXNlcjpwYXNz"\n', {"dXNlcjpwYXNz"}),
        ("  tcp-check send AUTH\\ hunter22\\r\\n\n", {"hunter22"}),
        ("curl -fsS -u monitor:s3cret http://x/\n", {"s3cret"}),
        ("curl https://monitor:s3cret@x/\n", {"s3cret"}),
        ("DB_PASSWORD='two words'\n", {"two words"}),
        ("api_token=abc123\n", {"abc123"}),
        ("Environment=AWS_SECRET_ACCESS_KEY=abc123\n", {"abc123"}),
        ('Environment=A=1 "API_KEYS=abc def" B=2\n', {"abc def"}),
        ("export REDISCLI_AUTH=abc123 VAULT_SECRET_ID='def456'\n", {"abc123", "def456"}),
        ("ssl_key=/etc/ssl/lb.key\n", set()),
        ('  setenv STATS_PASS "geheim"\n  setenv PORT 8080\n', {"geheim"}),
        ("mysql -h x -u m -pgeheim -e 'SELECT 1'\n", {"geheim"}),
        (KEY, {"MHcCAQEEIJ1planted", "AAtail=="}),
        ("DB_PASSWORD=$FROM_ELSEWHERE\n", set()),
        ("  auth_pass mk-1a2b\n  stats auth admin:REDACTED\n", set()),
        ("  server app1 192.0.2.21:8080 check\n", set()),
    ],
)
def test_forms(text: str, found: set[str]) -> None:
    assert set(secrets(site(text))) == found


def test_of_a_file_common_and_short_ones_are_replaced_too() -> None:
    text = f"  auth_pass 1\n  stats auth admin:admin\n  stats auth a:$LATER\n{KEY}"
    assert redacted(text) == (
        "  auth_pass REDACTED\n  stats auth admin:REDACTED\n  stats auth a:$LATER\n"
        "-----BEGIN EC PRIVATE KEY-----\nREDACTED\nREDACTED\n-----END EC PRIVATE KEY-----\n"
    )


def test_whole_words_alone_are_replaced() -> None:
    assert without("1111: auth_pass 1111, port 11110, '1111'", ("1111",)) == (
        "REDACTED: auth_pass REDACTED, port 11110, 'REDACTED'"
    )


def test_a_report_has_none() -> None:
    finding = Finding("a", "error", "b", 1, 'script "curl -u m:s3cret http://x/"', "s3cret", "s3cret")
    told = LintReport("UNSAFE", "s3cret", (finding,), versions=(Judged("x", "s3cret", ("lb1",)),))
    clean = struct_without(told, ("s3cret",))
    assert b"s3cret" not in msgspec.json.encode(clean)
    assert (clean.verdict, clean.findings[0].line) == ("UNSAFE", 1)


def test_verdicts_and_names_of_fields_stay() -> None:
    told = LintReport("UNSAFE", "note", (Finding("a", "note", "b", 1, "note rule"),))
    clean = struct_without(told, ("UNSAFE", "note", "rule"))
    assert clean == LintReport("UNSAFE", "REDACTED", (Finding("a", "note", "b", 1, "REDACTED REDACTED"),))


@pytest.mark.parametrize("name", SITES)
def test_of_sites_only_passwords_are_found(name: str) -> None:
    texts = {file.text for node in recorded(name).site.nodes.values() for file in node.files}
    lines = [line for text in texts for line in text.splitlines() if redacted(line) != line]
    assert [line for line in lines if not any(word in line for word in ("auth_pass", "password", "stats auth"))] == []


def test_of_the_radio_it_is_the_password() -> None:
    assert any("onair" in each for each in secrets(recorded("radio-password").site))
