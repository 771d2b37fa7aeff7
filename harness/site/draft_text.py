"""A draft as the text of a pair.toml, with comments that say what is guessed and what is to be filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from harness.site.draft import Draft

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_FIRST: Final = "# Drafted by `harness init` from the files of this folder. docs/lint.md explains every key."
_HEAD: Final = """
# probe = ["http://ADDRESS/"]    # what a customer asks
# needs_nofile = 0               # open files that HAProxy must be allowed
"""
_TAIL: Final = """

# [load]                          # at its peak
# open_sessions = 0
# new_per_second = 0

# [[accept]]                      # a finding that the site lives with
# rule = "no-check"
# reason = "why"
# until = 2027-01-31

# [bounds]                        # seconds that customers may be without service, instead of what the timers say
# peer_dead = 5.0
# haproxy_dead = 10.0
"""


def text(draft: Draft) -> str:
    """`pair_file.read` reads it."""
    return "\n".join((*_lines(draft),)) + _TAIL


def _lines(draft: Draft) -> Iterator[str]:
    yield _FIRST
    yield from (f"# {what}: {_comment(each)}" for what, said in _said(draft) for each in said)
    yield _HEAD
    if draft.version:
        yield f"version = {_string(draft.version)}    # as the nodes told"
    if draft.certificates:
        yield _array("certificates", draft.certificates, "exist at the site; a stand-in takes their place")
    if draft.directories:
        yield _array("directories", draft.directories, "exist at the site")
    yield "\n[nodes]"
    yield from (_array(_key(node), tuple(files.values())) for node, files in draft.nodes.items())
    yield from _table("paths", draft.paths, "where a file lies in the node")
    yield from _table("modes", draft.modes)
    yield from _table("config_id", draft.config_id, "what `keepalived -i` gets")
    yield from _table("hosts", draft.hosts, "guessed: stand-ins")
    for node, cards in draft.cards.items():
        yield f"\n[interfaces.{_key(node)}]"
        yield from (f"{_key(card)} = {_addresses(own)}" for card, own in cards.told.items())
        for card, address in cards.suggested.items():
            yield f"# {_key(card)} = {_string(address)}    # replace it: the real address of this card (ip -br address)"


def _said(draft: Draft) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "missing", draft.missing
    yield "guessed", draft.guessed


def _table(name: str, rows: Mapping[str, str], comment: str = "") -> Iterator[str]:
    if rows:
        yield f"\n[{name}]" + (f"    # {comment}" if comment else "")
        yield from (f"{_key(key)} = {_string(value)}" for key, value in rows.items())


def _array(key: str, values: tuple[str, ...], comment: str = "") -> str:
    head = f"{key} = [" + (f"    # {comment}" if comment else "")
    return "\n".join((head, *(f"    {_string(value)}," for value in values), "]"))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(value: str) -> str:
    """A basic string of TOML: JSON's, which escapes all but DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _addresses(every: tuple[str, ...]) -> str:
    return _string(every[0]) if len(every) == 1 else f"[{', '.join(map(_string, every))}]"


def _comment(said: str) -> str:
    return "".join(each if each.isprintable() else " " for each in said)
