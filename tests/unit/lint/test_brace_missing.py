"""brace-missing, and what line-dropped then leaves out."""

import pytest

from harness.lint import Finding
from tests.unit.lint.krules import CHECK, TRACK, both, findings, instance, line_of, node, pair_of

GOOD = CHECK + instance(TRACK)
OPEN = GOOD.replace("fall 2\n}", "fall 2")


def told(text: str, test: str = "") -> list[Finding]:
    """`a` is made of a good text: what its keepalived.conf says is looked at, not what runs."""
    one = node("a", GOOD, test=test, status=5 if test else 0)
    changed = one.site.files[0]
    site = type(one.site)("a", (type(changed)(changed.source, changed.path, text.encode(), 0o644),), {}, "a")
    return findings("brace-missing", pair_of(one._replace(site=site), node("b", GOOD)))


def broken(text: str) -> list[tuple[str, int, str]]:
    return [(each.file, each.line, each.sentence) for each in told(text)]


@pytest.mark.parametrize(
    "text, line, said",
    [
        (OPEN, 1, "vrrp_script chk of line 1 is not closed when vrrp_instance web begins at line 5."),
        (GOOD.removesuffix("}\n"), 6, "vrrp_instance web of line 6 is not closed at the end of the file."),
        (GOOD + "}\n", GOOD.count("\n") + 1, "a } closes nothing."),
    ],
)
def test_where_braces_do_not_fit(text: str, line: int, said: str) -> None:
    ((file, number, sentence),) = broken(text)
    assert (file, number) == ("a/keepalived.conf", line)
    assert sentence.endswith(said)


LINE = "(/etc/keepalived/keepalived.conf: Line 5) "


@pytest.mark.parametrize(
    "text, said, severity",
    [
        (GOOD + "}\n", [f"{LINE}Extra '}}' found"], "warning"),
        (CHECK + "}\n" + instance(TRACK), [f"{LINE}Unknown keyword '}}'"], "warning"),
        (GOOD.removesuffix("}\n"), ["There are 1 missing '}'s"], "warning"),
        (GOOD + "}\n", [f"{LINE}Extra '}}' found", "(web) track script other not found, ignoring..."], "warning"),
        (OPEN, [f"{LINE}Unknown keyword 'vrrp_instance'", "There are 1 missing '}'s"], "error"),
        (GOOD + "}\n", [], "error"),
    ],
)
def test_a_brace_by_which_nothing_is_lost_is_a_warning(text: str, said: list[str], severity: str) -> None:
    assert [each.severity for each in told(text, "\n".join(said))] == [severity]


@pytest.mark.parametrize("text", [GOOD, GOOD + "include more.conf\n", GOOD + "~SEQ(x, 1) y\n", "", "# {\n! }\n"])
def test_what_fits_and_what_is_not_read(text: str) -> None:
    assert broken(text) == []


def test_one_file_on_both_nodes() -> None:
    assert findings("brace-missing", both(GOOD, GOOD)) == []


def test_the_lines_of_a_block_that_is_dropped_are_not_told_again() -> None:
    text = GOOD.replace("virtual_ipaddress", "virtual_ipadress")
    first = line_of(text, "virtual_ipadress")
    where = "(/etc/keepalived/keepalived.conf: Line {}) "
    said = [
        (first, "Unknown keyword 'virtual_ipadress'"),
        (first, "Unexpected '{' - ignoring"),
        (first + 1, "Unknown keyword '192.0.2.10/24'"),
        (first + 2, "Unknown keyword '}'"),
        (first + 3, "Unknown keyword 'track_script'"),
    ]
    one = node("a", text, test="\n".join(where.format(line) + each for line, each in said), status=5)
    found = findings("line-dropped", pair_of(one, node("b", GOOD)))
    assert [each.line for each in found] == [first, first + 3]
    assert found[0].instead == "virtual_ipaddress"
    assert found[1].instead.startswith("track_script within its block")


def test_a_byte_order_mark_is_named() -> None:
    said = "(/etc/keepalived/keepalived.conf: Line 1) Unknown keyword '\ufeffglobal_defs'"
    (found,) = findings("line-dropped", pair_of(node("a", GOOD, test=said, status=5), node("b", GOOD)))
    assert found.instead == "global_defs, in a file that is saved without a byte order mark"
