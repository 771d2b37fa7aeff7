"""Text as HTML: nothing in a name, a path, a log line or a value acts.

Every text of a run passes `text` or `attribute`. Characters that are not printed (terminal escapes, U+2028, marks that
turn the direction of writing) are shown as their escapes, so that a text cannot look like another.
"""

from html import escape

import msgspec


def plain(value: object) -> str:
    """Printable characters alone; line feeds and tabs stay."""
    return "".join(each if each.isprintable() or each in "\n\t" else _escaped(each) for each in str(value))


def text(value: object) -> str:
    """For the content of an element, and for an attribute in double quotes."""
    return escape(plain(value), quote=True)


def data(value: object) -> str:
    """A value as JSON in an attribute in double quotes."""
    return escape(msgspec.json.encode(value).decode(), quote=True)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
