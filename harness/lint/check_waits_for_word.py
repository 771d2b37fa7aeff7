"""A check that looks for a word which HAProxy's page does not have."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._answered import at_balancer, taken_by
from harness.lint._asks import Ask, told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._frontends import has_conditions
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched
from harness.site.haproxy_answer import page
from harness.site.haproxy_condition import HaproxyRequest

_GREP: Final = re.compile(r"\bgrep\s+((?:-[A-Za-z]+\s+)*)(?:'([\w .:-]+)'|\"([\w .:-]+)\"|([\w.:-]+))(?=[\s;&|>)]|$)")
_CASE: Final = re.compile(r"\*[\"']?([\w .:-]+?)[\"']?\*\s*\)\s*exit\s+0")
_GOOD: Final = re.compile(r"\b(?:exit|return)\s+0\b")
_BAD: Final = re.compile(r"\bexit\s+[1-9]\d*[\s;]*$")
_DECIDES: Final = re.compile(
    r"\s*(?:\d?>+\s*/dev/null\s*(?:2>&1\s*)?)?(?:\|\|\s*(?:exit|return|error\w*)\b(?!\s*0+\b).*|[;\n]\s*exit\s+\$\?\s*)?",
    re.DOTALL,
)
"""What may follow the search, so that the check fails with it."""
_BRANCHES: Final = re.compile(r"!|&&|\b(?:if|elif|while|until)\b")
_HEADERS: Final = re.compile(
    r"\bcurl\b[^\n]*?\s(?:-[a-zA-Z]*[iIwDv]|--include|--head|--write-out|--dump-header|--verbose)"
    r"|\bwget\b[^\n]*?(?:\s(?:-[a-zA-Z]*[Sd]|--server-response|--spider|--debug|--save-headers)|2>&1)"
)
_CASE_OF: Final = re.compile(r"\bcase\s+(.*?)\s+in\b")
_CLIENT: Final = re.compile(r"\b(?:curl|wget)\b")
_KEPT: Final = re.compile(r"\b(\w+)=[\"']?(?:\$\(|`)[^\n]*?\b(?:curl|wget)\b")
_COMMANDS: Final = re.compile(r"[;\n]|&&|\|\||\|")
"""Between one command and the next."""


@rule(
    "error",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_waits_for_word(pair: Pair) -> Iterator[Found]:
    """A check that reads the page of `monitor-uri` or of `http-request return … string`, and waits for a word that is
    not in it: the page was changed, or the script was copied. Judged are checks with one question and one plain word,
    where HAProxy itself answers; not where the answer's headers are read too. A warning where another check asks for
    HAProxy. Source: HAProxy's configuration manual, 4.2 "monitor-uri" and "http-request return"."""
    yield from once(found for router in pair.routers for member in router.members for found in _waiting(pair, member))


def _waiting(pair: Pair, member: Member) -> Iterator[Found]:
    for check in checks(member):
        shown = _page(pair, member.node, check.asks[0]) if len(check.asks) == 1 else None
        word = _word(member, check) if shown is not None else ""
        if shown is not None and word and not _has(shown, word):
            path = check.asks[0].path
            yield Found(
                check.place,
                f"The check {check.name} of {member.node.name} looks for `{word}` in HAProxy's page {path}, and the "
                "page does not have it: it fails while HAProxy lives.",
                "curl -f, which looks at the status",
                "warning" if is_watched(member, check.name) else None,
            )


def _has(shown: str, word: str) -> bool:
    """A point is any character; whatever the case."""
    return re.search(re.escape(word).replace(r"\.", "."), shown, re.IGNORECASE) is not None


def _page(pair: Pair, node: PairNode, ask: Ask) -> str | None:
    taken = taken_by(node, ask) if ask.reads and ask.host and ask.path and at_balancer(pair, node, ask) else None
    if taken is None or not taken[0].http or has_conditions(node, taken[0].head):
        return None
    return page(taken[0], HaproxyRequest(ask.path, taken[1].ssl))


def _word(member: Member, check: Check) -> str:
    """The only one without which the check surely fails; "" if there is none."""
    text = told(text_of(member.node, check.script.command))
    if _HEADERS.search(text) or _BRANCHES.search(text):
        return ""
    if case := _CASE.search(text):
        looked_at = _CASE_OF.search(text)
        alone = len(_GOOD.findall(text)) == 1 and "|" not in text and _BAD.search(text)
        return case[1] if alone and looked_at and _is_page(text, looked_at[1]) else ""
    found = _GREP.search(text)
    sure = found and text.count("grep") == 1 and not set("vLf") & set(found[1])
    if not found or not sure or not _DECIDES.fullmatch(text[found.end() :]):
        return ""
    fed = text[: found.start()].rstrip()
    page = fed.endswith("|") and _is_page(text, _COMMANDS.split(fed.removesuffix("|"))[-1])
    return next(filter(None, found.groups()[1:])) if page else ""


def _is_page(text: str, shown: str) -> bool:
    """Does this part of the script show what curl or wget fetched, itself or by a variable?"""
    kept = {found[1] for found in _KEPT.finditer(text)}
    return bool(_CLIENT.search(shown)) or bool(kept & set(re.findall(r"\$\{?(\w+)", shown)))
