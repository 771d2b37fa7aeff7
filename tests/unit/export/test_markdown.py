"""Markdown as GitHub and GitLab read it: text stays text, and a page shows what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from harness.export import _gate, markdown
from harness.export._escape import markdown as escaped
from harness.gate.report import GateReport, Tried
from harness.history import store
from harness.lint import Finding
from harness.model.prevention import Change, Prevention, Repeated
from tests.unit.export.nasty import DATA, NASTY, OUTAGE, TEXT, nasty_outcome

OURS = {"html_inline": "<!-- -->"}
PLAIN = {"inline", "text", "softbreak", "html_inline", "text_special"}


def tokens(text: str) -> list[Token]:
    """Every token, also those inside paragraphs."""
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        found += [token, *(token.children or ())]
    return found


def check_inert(text: str) -> None:
    for token in tokens(text):
        assert token.type not in {"html_block", "link_open", "image", "code_inline", "fence", "code_block"}, token
        assert token.type != "html_inline" or token.content == OURS["html_inline"]


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_is_shown_as_it_is(text: str) -> None:
    inner = [
        token for token in tokens(f"x {escaped(text)} x") if token.type not in {"paragraph_open", "paragraph_close"}
    ]
    assert {token.type for token in inner} <= PLAIN
    shown = "".join(token.content for token in inner if token.type in {"text", "text_special"})
    assert shown.replace("\\", "").startswith("x ")


@given(st.text(alphabet=st.sampled_from("\\`*_{}[]()<>#+-.!|~:@$&;/\nab1 \x1b"), max_size=40))
def test_any_text_in_a_cell_stays_in_its_cell(text: str) -> None:
    table = markdown.table(["a", "b"], [[escaped(text), "end"]])
    found = tokens(table)
    assert sum(token.type == "td_open" for token in found) == 2
    check_inert(table)
    emphasis = {"em_open", "strong_open", "s_open"}
    assert not [token for token in found if token.type in emphasis]


def test_links_are_no_links() -> None:
    """GitHub makes links of addresses, too; a backslash before the colon or the dot ends that."""
    assert escaped("http://evil.example/ www.evil.example") == "http\\://evil.example/ www\\.evil.example"


def test_a_nasty_outcome_is_one_table_and_lists() -> None:
    page = markdown.document(nasty_outcome())
    check_inert(page)
    rows = [token for token in tokens(page) if token.type == "tr_open"]
    assert len(rows) == 4
    assert not [line for line in page.splitlines() if line.lstrip().startswith("::")]


def test_the_page_of_an_outage_says_what_was_measured() -> None:
    page = markdown.document(store.read_outcome(OUTAGE))
    assert "✅" in page
    assert "| 0 / down 1/1 |" in page
    assert "**survivor_announced** (outage): lb-ext-1 was the only owner again at +0.571 s" in page
    assert "A reproduction passes when the outage appears" in page


@pytest.mark.parametrize("name", sorted(path.parent.name for path in DATA.glob("*/outcome.json")))
def test_every_recording_has_a_page(name: str) -> None:
    page = markdown.document(store.read_outcome(DATA / name))
    check_inert(page)
    assert page.endswith("\n\n")


def test_a_share_is_not_rounded_up_to_all() -> None:
    """1 of 1,206 that failed is seen."""
    assert markdown._percent(1205 / 1206) == 99.9
    assert markdown._percent(1.0) == 100


def test_a_long_list_says_how_much_is_left_out() -> None:
    (lines,) = markdown.listed("many", (str(number) for number in range(250)))
    assert lines.splitlines()[-1] == "- … and 150 more"
    assert markdown.listed("none", iter(())) == []


def test_a_gate_says_what_was_tried_and_what_was_not() -> None:
    tried = Tried(TEXT, "", TEXT, True, "failed", 1, 1, 0.5, "", {TEXT: [None, 0.25]}, failure=TEXT)
    finding = Finding("no-check", "error", TEXT, 3, TEXT)
    change, repeated = Change(TEXT, 1, TEXT, TEXT), Repeated(TEXT, "helps", 3, 3, 0, 3, TEXT)
    prevention = Prevention(TEXT, "helps", (change,), (repeated,), (TEXT,), (TEXT,))
    report = GateReport("UNSAFE", TEXT, (finding,), tests=(tried,), exposed=(TEXT,), not_tried=(TEXT,), run=TEXT)
    report = replace(report, preventions=(prevention,))
    page = _gate.document(report)
    check_inert(page)
    assert "to the end, 0.25 s" in page
    assert page.count("\n**") == 4
    assert page.startswith("### ❌ UNSAFE: ")
