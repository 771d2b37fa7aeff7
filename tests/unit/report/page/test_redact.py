"""Secrets of a pair's files: none is in a report."""

import pytest

from harness.report.page.redact import redacted

SECRET = "s3cr;t&x"


@pytest.mark.parametrize(
    "line, shown",
    [
        ("    auth_pass s3cr;t&x", "    auth_pass REDACTED"),
        ('    auth_pass "two words" # why', "    auth_pass REDACTED # why"),
        ("stats auth admin:s3cr;t&x", "stats auth admin:REDACTED"),
        ("  user ann password $5$s3cr;t&x groups g", "  user ann password REDACTED groups g"),
        ("  user ann insecure-password s3cr;t&x", "  user ann insecure-password REDACTED"),
        ('  http-check send hdr Authorization "Basic c2VjcmV0"', "  http-check send hdr Authorization REDACTED"),
        ("  tcp-check send AUTH\\ s3cret\\r\\n", "  tcp-check send AUTH\\ REDACTED\\r\\n"),
        ("setenv TOKEN s3cr;t&x", "setenv TOKEN REDACTED"),
        ("curl -u monitor:s3cret http://x/", "curl -u monitor:REDACTED http://x/"),
        ("curl http://monitor:s3cret@10.0.0.1/up", "curl http://monitor:REDACTED@10.0.0.1/up"),
        ("PASSWORD='two words' run", "PASSWORD=REDACTED run"),
        ("mysql -h db -ps3cret -e 'select 1'", "mysql -h db -pREDACTED -e 'select 1'"),
        ("CREATE USER u IDENTIFIED BY 'pw x';", "CREATE USER u IDENTIFIED BY REDACTED;"),
        ("MASTER_PASSWORD='pw x', MASTER_PORT=1", "MASTER_PASSWORD=REDACTED, MASTER_PORT=1"),
    ],
)
def test_a_secret_is_replaced_and_its_line_stays(line: str, shown: str) -> None:
    assert redacted(f"a\n{line}\nb\n") == f"a\n{shown}\nb\n"


@pytest.mark.parametrize(
    "line",
    [
        "    auth_type PASS",
        "bind 10.0.0.1:443 ssl crt /etc/ssl/site.pem",
        "default_backend passwords",
        "server a 10.0.0.1:80 check",
        "user haproxy",
        "# the password is elsewhere",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == line


def test_a_private_key_is_replaced_whole_also_if_it_is_cut_off() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert "MIIC" not in redacted(f"x\n{begin}\nMIICx\nMIICy\n{end}\nz") + redacted(f"{begin}\nMIICx\n")
    assert redacted(f"x\n{begin}\nMIICx\n{end}\nz").endswith("\nz")
