"""file-not-read."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two
from tests.unit.lint.krules import CHECK, file, findings, node, pair_of

RULE = "file-not-read"
PART = "frontend more\n    bind *:81\n    default_backend app\n"
FOLDER = "/etc/haproxy/conf.d"
INCLUDES = "include conf.d/*.conf\n"
LB = "/etc/keepalived/conf.d"


def haproxy(name: str, text: str = PART) -> list[tuple[str, str]]:
    return found(RULE, two(files={f"{FOLDER}/50-www.cfg": PART.replace("81", "82"), f"{FOLDER}/{name}": text}))


def keepalived(name: str, text: str = CHECK) -> list[tuple[str, str]]:
    included = f"{LB}/10-first.conf"
    confs = (INCLUDES + conf(101), INCLUDES + conf(100))
    return found(RULE, two(SOUND, confs=confs, files={included: CHECK.replace("chk", "first"), f"{LB}/{name}": text}))


@pytest.mark.parametrize("name", ["60-more.conf", "60-more.cfg.txt", "60-more"])
def test_haproxy_reads_cfg_alone(name: str) -> None:
    assert haproxy(name) == [("warning", f"{name}:1")]


@pytest.mark.parametrize(
    "name", ["60-more.cfg", "50-www.cfg.bak", "60-more.disabled", "60-more.cfg.dpkg-old", "x.cfg~"]
)
def test_what_haproxy_reads_and_what_was_set_aside(name: str) -> None:
    assert haproxy(name) == []


def test_lists_and_pages_beside_it_are_no_sections() -> None:
    assert haproxy("hosts.map", "www.example.com app\n") == []
    assert found(RULE, two(files={"/etc/haproxy/60-more.conf": PART})) == []  # of no folder that is read


def test_what_no_include_names() -> None:
    assert keepalived("20-checks.cfg") == [("warning", "20-checks.cfg:1")]
    assert keepalived("20-checks.conf") == []
    assert keepalived("20-checks.conf.bak") == []
    assert keepalived("20-checks.sh", "#!/bin/sh\n") == []


def test_a_message_about_an_included_file_and_a_check_that_stands_behind_it() -> None:
    """keepalived names the file as the include does."""
    included = file(f"{LB}/10-web.conf", "vrrp_instance web {\ntrack_script {\nchk\n}\n}\n")
    said = "(conf.d/10-web.conf: Line 3) (web) track script chk not found, ignoring..."
    late = file(f"{LB}/90-checks.conf", CHECK)
    one = node("a", INCLUDES, card="192.0.2.1/24", files=(included, late), test=said, status=5)
    (finding,) = findings("script-not-defined", pair_of(one, node("b", INCLUDES, files=(included, late))))
    assert (finding.file, finding.line) == ("10-web.conf", 3)
    assert "It is defined behind it, at 90-checks.conf:1." in finding.sentence
    assert "defined are" not in finding.sentence


def test_a_file_that_another_node_reads_is_meant_for_it() -> None:
    files = {f"{LB}/a.conf": CHECK, f"{LB}/b.conf": CHECK.replace("chk", "other")}
    confs = tuple(f"include conf.d/{name}.conf\n{conf(priority)}" for name, priority in (("a", 101), ("b", 100)))
    assert found(RULE, two(SOUND, confs=(confs[0], confs[1]), files=files)) == []


@pytest.mark.parametrize("name", ["x.conf.backup", "x.conf-old", "x.conf_bak", "x.conf.bck"])
def test_more_names_that_set_a_file_aside(name: str) -> None:
    assert keepalived(name) == []
