"""What the programs of Debian 12 and 13 print as their version."""

import pytest

from harness.lab.programs import versions

BOOKWORM = "Keepalived v2.2.7 (01/16,2022)\nHAProxy version 2.6.12-1+deb12u3 2025/10/03 - https://haproxy.org/\n"
TRIXIE = "Keepalived v2.3.3 (03/30,2025)\nHAProxy version 3.0.11-1+deb13u2 2026/01/13 - https://haproxy.org/\n"


@pytest.mark.parametrize(
    "said,expected",
    [
        (BOOKWORM, {"keepalived": "2.2.7", "haproxy": "2.6.12"}),
        (TRIXIE, {"keepalived": "2.3.3", "haproxy": "3.0.11"}),
        ("sh: 1: keepalived: not found\n" + BOOKWORM.partition("\n")[2], {"haproxy": "2.6.12"}),
        ("", {}),
    ],
)
def test_versions_are_read_and_what_is_not_told_is_left_out(said: str, expected: dict[str, str]) -> None:
    assert versions(said) == expected
