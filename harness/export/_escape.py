"""Names, paths, values and log lines come from a site's files: in no format may they be more than text. Pure."""

import json
import re
from typing import Final

from harness.report.one_line import one_line

_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # also their full-width forms
_MARKDOWN: Final = re.compile(r"([\\`*{}\[\]#|~$!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LINK: Final = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")


def harmless(text: str) -> str:
    """One line, and no command of a CI runner: ``::error`` begins a line, ``##[error]`` is anywhere in one."""
    return one_line(text).replace("##[", "#\\#[").replace("##vso[", "#\\#vso[")


def json_text(text: str) -> str:
    """`harmless` for a JSON document: what must not be as it is, is written as ``\\uXXXX``, which JSON reads back."""
    printable = "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
    return printable.replace("##[", "#\\u0023[").replace("##vso[", "#\\u0023vso[")


def lines(text: str) -> str:
    """`harmless`, line by line."""
    return "\n".join(harmless(line) for line in text.splitlines())


def cell(text: str) -> str:
    """For a spreadsheet: a text that it would calculate gets an apostrophe, which makes it text."""
    line = harmless(text)
    return f"'{line}" if line.lstrip().startswith(_FORMULA) else line


def markdown(text: str) -> str:
    """For a paragraph or a table's cell of GitHub's and GitLab's Markdown: no HTML, link, image, mention or formula."""
    line = harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _LINK.sub(lambda match: f"{match[1] or match[3]}\\{match[2] or match[4]}", _MARKDOWN.sub(r"\\\1", line))
    return line.replace("@", "@<!-- -->")
