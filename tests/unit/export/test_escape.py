"""Lines that runners and terminals obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.export._escape import harmless, lines
from harness.report.printable import printable


@pytest.mark.parametrize(
    "text, shown",
    [
        ("::error::x", "\\::error::x"),
        ("  ::add-mask::x", "\\  ::add-mask::x"),
        ("a ##[error]x", "a #\\#[error]x"),
        ("##vso[task.complete]x", "#\\#vso[task.complete]x"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("\u202egnp", "\\u202egnp"),
        ("gewöhnlich → so", "gewöhnlich → so"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_any_text_is_one_printable_line_that_commands_nothing(text: str) -> None:
    shown = harmless(text)
    assert shown.isprintable()
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert printable(printable(text)) == printable(text)


def test_lines_stay_lines() -> None:
    assert lines("a\n::b\nc") == "a\n\\::b\nc"
