"""No password and no key stays in a text that is kept; the rest of each line does."""

import re

import pytest

from harness.site.redacted import PRIVATE, redacted

TEXTS = {
    "haproxy.cfg": r"""global
    setenv DBPW topsecret1
userlist u
    user a password $6$topsecret2$x
    user b insecure-password topsecret3 groups g
backend b
    stats auth admin:topsecret4
    http-check send meth GET uri /x hdr Authorization "Basic topsecret5"
    tcp-check send AUTH\ topsecret6\r\n
    http-request set-header Authorization Bearer\ topsecret7
    server s 192.0.2.80:80
""",
    "check.sh": """#!/bin/sh
PASSWORD="topsecret8 x"
mysql -utest -ptopsecret9 --password=topsecret10 -h 127.0.0.1 -P 3306
curl -s -u me:topsecret11 http://u:topsecret12@127.0.0.1/ -H "Authorization: Bearer topsecret13"
export TOKEN='topsecret14' && api_key: topsecret15
export AWS_SECRET_ACCESS_KEY=topsecret16 REDISCLI_AUTH="topsecret17" VAULT_SECRET_ID=topsecret18
ssl_key=/etc/ssl/lb.key
find /x -print -prune
""",
    "a.conf": """[Service]
Environment=PASSWORD=topsecret19 "API_KEYS=topsecret20 topsecret21" OPTIONS=-q
""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_password_stays(name: str) -> None:
    assert "topsecret" in TEXTS[name]
    assert "topsecret" not in redacted(TEXTS[name])


def test_what_is_no_password_stays() -> None:
    kept = redacted(TEXTS["haproxy.cfg"])
    assert "user b insecure-password REDACTED groups g\n" in kept
    assert "    server s 192.0.2.80:80\n" in kept
    assert "-h 127.0.0.1 -P 3306" in redacted(TEXTS["check.sh"])
    assert "ssl_key=/etc/ssl/lb.key\nfind /x -print -prune\n" in redacted(TEXTS["check.sh"])
    assert '"API_KEYS=REDACTED" OPTIONS=-q\n' in redacted(TEXTS["a.conf"])


def test_two_passwords_of_keepalived_can_be_compared() -> None:
    """By the eight characters that keepalived compares, as collect.sh marks them."""
    text = 'auth_pass s3cretAB-long  # old\n{ auth_pass "s3cretAB" }\nauth_pass s3cretAC\n'
    first, second, third = re.findall(r"auth_pass (mk-[0-9a-f]{4})\b", redacted(text))
    assert "s3cret" not in redacted(text)
    assert first == second != third
    assert redacted(text).startswith(f"auth_pass {first}  # old\n{{ auth_pass {second} }}\n")


def test_a_private_key_is_left_out_whole() -> None:
    assert redacted("-----BEGIN PRIVATE KEY-----\nMIIE\n") == PRIVATE


def test_the_rules_of_lint_and_gate_count_too() -> None:
    assert redacted("snmp_community topsecret\n") == "snmp_community REDACTED\n"
