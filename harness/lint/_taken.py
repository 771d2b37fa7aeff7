"""Which branches of a shell script are taken, where it looks at words that are known: `case "backup" in backup) …`."""

import re
from fnmatch import fnmatchcase
from typing import Final

_WORD: Final = r"""(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`;|&()\[\]{},\\]+))"""
_CASE: Final = re.compile(rf"\bcase\s+{_WORD}\s+in\b((?:(?!\bcase\b).)*?)\besac\b", re.DOTALL)
_BRANCH: Final = re.compile(r"\s*\(?\s*([^()\n]+?)\s*\)(.*)", re.DOTALL)
_PATTERN: Final = re.compile(r""""[^"*?\[\\$]*"|'[^'*?\[\\]*'|[^"'\[\\$]+""")
"""One that means what it says: quotation marks around all of it, or none; no set of characters."""
_IF: Final = re.compile(r"\bif\b((?:(?!\bif\b).)*?)\bfi\b", re.DOTALL)
_THEN: Final = re.compile(rf"\s*\[{{1,2}}\s+{_WORD}\s+(==?|!=)\s+{_WORD}\s+\]{{1,2}}\s*;?\s*then\b(.*)", re.DOTALL)
_NEXT: Final = re.compile(r"\bel(?=if\b|se\b)")
_GLOB: Final = re.compile(r"[*?]")


def taken(text: str) -> str:
    """`text` with the commands of the one branch instead of each `case` and `if` that compares known words.

    Innermost branches first; what is not known stays.
    """
    while (found := _CASE.sub(_of_case, _IF.sub(_of_if, text))) != text:
        text = found
    return text


def _of_case(found: re.Match[str]) -> str:
    """What cannot be read stays whole: one pattern before may be the one that fits."""
    word, branches = _word(found.groups()[:3]), [_BRANCH.match(each) for each in found[4].split(";;") if each.strip()]
    known = [(read[1].split("|"), read[2]) for read in branches if read]
    patterns = (each.strip() for several, _ in known for each in several)
    if len(known) < len(branches) or ";&" in found[4] or not all(map(_PATTERN.fullmatch, patterns)):
        return found[0]
    fits = (commands for several, commands in known if any(_fits(word, each.strip()) for each in several))
    return next(fits, "")


def _fits(word: str, pattern: str) -> bool:
    bare = pattern.strip("\"'")
    return word == bare if bare != pattern else fnmatchcase(word, pattern)


def _of_if(found: re.Match[str]) -> str:
    for branch in _NEXT.split(found[1]):
        if branch.startswith("se"):
            return branch.removeprefix("se")
        read = _THEN.fullmatch(branch.removeprefix("if"))
        if read is None or any(_GLOB.search(each or "") for each in (read[3], read[7])):
            return found[0]
        if (_word(read.groups()[:3]) == _word(read.groups()[4:7])) == (read[4] != "!="):
            return read[8]
    return ""


def _word(of: tuple[str | None, ...]) -> str:
    return next((each for each in of if each is not None), "")
