"""What a text may be, and what becomes of it."""

import html

from hypothesis import given
from hypothesis import strategies as st

from harness.report.page.html import data, plain, text

ANY = st.text(st.characters(), max_size=60)


@given(ANY)
def test_no_character_acts_or_hides(said: str) -> None:
    shown = text(said)
    assert not set(shown) & set("<>\"'")
    assert all(each.isprintable() or each in "\n\t" for each in shown)
    assert html.unescape(shown) == plain(said)


@given(ANY.filter(str.isprintable))
def test_what_is_printable_is_shown_as_it_is(said: str) -> None:
    assert plain(said) == said


def test_escapes_are_shown_as_such() -> None:
    assert text("\x1b[31m\u2028\u202e</p>") == r"\x1b[31m\u2028\u202e&lt;/p&gt;"


def test_data_stays_in_its_attribute() -> None:
    assert data([(1.5, "\"><i'>")]) == "[[1.5,&quot;\\&quot;&gt;&lt;i&#x27;&gt;&quot;]]"
