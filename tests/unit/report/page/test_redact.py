"""Secrets of a pair's files: none is in a report."""

import pytest

from harness.report.page.redact import redacted


@pytest.mark.parametrize(
    "line",
    [
        "    auth_pass s3cr;t&x",
        '    auth_pass "s3cr;t&x words" # why',
        "stats auth admin:s3cr;t&x",
        "  user ann password $5$s3cr;t&x groups g",
        "  user ann insecure-password s3cr;t&x",
        '  http-check send hdr Authorization "Basic s3cr+t=="',
        "  tcp-check send AUTH\\ s3cr;t&x\\r\\n",
        "setenv TOKEN s3cr;t&x",
        "curl -u monitor:s3cr;t&x http://x/",
        "curl http://monitor:s3cr;t&x@10.0.0.1/up",
        "PASSWORD='s3cr;t&x words' run",
        "mysql -h db -p's3cr;t&x' -e 'select 1'",
        "CREATE USER u IDENTIFIED BY 's3cr;t&x';",
        "MASTER_PASSWORD='s3cr;t&x', MASTER_PORT=1",
    ],
)
def test_a_secret_is_replaced_and_its_line_stays(line: str) -> None:
    shown = redacted(f"a\n{line}\nb\n").split("\n")
    assert len(shown) == 4
    assert not [part for part in ("s3cr", "t&x") if part in shown[1]]


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


def test_a_private_key_is_replaced_also_if_it_is_cut_off() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert "MIIC" not in redacted(f"x\n{begin}\nMIICx\nMIICy\n{end}\nz") + redacted(f"{begin}\nMIICx\n")
