"""``if`` and ``unless`` of a haproxy.cfg, as far as the path that is asked and TLS decide them. Manual, 7.1 and 7.2."""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine


class HaproxyRequest(NamedTuple):
    """`path` None: not known. `ssl`: does HAProxy itself end TLS? None: not known. `source`: an address; "": not known.

    What holds for a request of which nothing is known holds for each.
    """

    path: str | None
    ssl: bool | None = None
    source: str = ""


Known = bool | None
"""None: it depends on what is not known here."""

_MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "": lambda path, value: path == value,
    "str": lambda path, value: path == value,
    "beg": str.startswith,
    "end": str.endswith,
    "sub": lambda path, value: value in path,
    "dir": lambda path, value: f"/{value.strip('/')}/" in f"{path}/",
    "reg": lambda path, value: re.search(value, path) is not None,
}
_EVERY: Final = {"beg": ("/", ""), "sub": ("/", ""), "reg": ("^/", "/", "^", ".", ".*", "^.*", "^/.*", "^.*$", "^/.*$")}
"""Values that each path meets."""
_ALL_SOURCES: Final = "0.0.0.0/0"
_CONSTANTS: Final = {"TRUE": True, "FALSE": False, "always_true": True, "always_false": False}
_OR: Final = ("or", "||", "OR")


def holds(section: HaproxySection, line: HaproxyLine, request: HaproxyRequest) -> Known:
    """Does the condition of `line` hold for that request? True without one."""
    for keyword in ("if", "unless"):
        if keyword in line.words:
            found = _any(section, line.words[line.words.index(keyword) + 1 :], request)
            return found if keyword == "if" or found is None else not found
    return True


def samples(section: HaproxySection, line: HaproxyLine) -> str:
    """The text of a condition with its named ACLs: to see what it looks at."""
    names = {word.lstrip("!") for word in line.words}
    looked_at = [line, *(acl for acl in section.all("acl") if acl.word(1) in names)]
    return " ".join(word for each in looked_at for word in each.words)


def _any(section: HaproxySection, words: Sequence[str], request: HaproxyRequest) -> Known:
    """Terms that stand one after the other must all hold; ``or`` separates groups of them."""
    groups: list[list[Known]] = [[]]
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in _OR:
            groups.append([])
            continue
        negated = word.startswith("!")
        word = word.removeprefix("!") or (rest.pop(0) if rest else "")
        if word == "{":
            end = rest.index("}") if "}" in rest else len(rest)
            term = _criterion(rest[:end], request)
            del rest[: end + 1]
        else:
            term = _named(section, word, request)
        groups[-1].append(term if term is None or not negated else not term)
    return _either([_both(group) for group in groups])


def _both(terms: Sequence[Known]) -> Known:
    return False if False in terms else None if None in terms else True


def _either(terms: Sequence[Known]) -> Known:
    return True if True in terms else None if None in terms else False


def _named(section: HaproxySection, name: str, request: HaproxyRequest) -> Known:
    """Lines of the same name are alternatives."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    found = [_criterion(line.words[2:], request) for line in section.all("acl") if line.word(1) == name]
    return _either(found) if found else None


def _criterion(words: Sequence[str], request: HaproxyRequest) -> Known:
    """``path_beg -i /a /b``, ``path -m reg ^/a``, ``src 192.0.2.0/24``. Of anything else only ``ssl_fc`` is known."""
    if not words:
        return None
    if words[0] in _CONSTANTS:
        return _CONSTANTS[words[0]]
    if words[0] == "ssl_fc":
        return request.ssl
    if words[0] == "src":
        return _from(words[1:], request.source)
    found = re.fullmatch(r"(?:path|url)(?:_(\w+))?", words[0])
    return _of_path(words[1:], found[1] or "", request.path) if found else None


def _of_path(words: Sequence[str], method: str, path: str | None) -> Known:
    values, method, folded = _values(words, method)
    matches = _MATCHES.get(method)
    if matches is None or values is None:
        return None
    if path is None:
        return True if set(values) & set(_EVERY.get(method, ())) else None
    try:
        pairs = [(path.lower(), value.lower()) if folded else (path, value) for value in values]
        return any(matches(*pair) for pair in pairs)
    except re.error:  # an expression of PCRE that Python does not know
        return None


def _from(words: Sequence[str], source: str) -> Known:
    """Is `source` in one of the networks?"""
    values, method, _ = _values(words, "")
    if values is None or method:
        return None
    if _ALL_SOURCES in values:
        return True
    try:
        return any(ip_address(source) in ip_network(value, strict=False) for value in values) if source else None
    except ValueError:  # a name, or a variable
        return None


def _values(words: Sequence[str], method: str) -> tuple[list[str] | None, str, bool]:
    """(what it is compared with, how, whatever the case). None: a file lists it."""
    rest, folded = list(words), False
    while rest and rest[0].startswith("-") and rest[0] != "--":
        flag = rest.pop(0)
        folded |= flag == "-i"
        if flag == "-m" and rest:
            method = rest.pop(0)
        elif flag not in ("-i", "-n"):
            return None, method, folded
    return rest[1:] if rest[:1] == ["--"] else rest, method, folded
