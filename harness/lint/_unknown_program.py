"""Programs of the site that a shell text runs: what they do is not known, such as to stop keepalived."""

import re
from typing import Final

_BEFORE: Final = (
    r"(?:^|[;&|({!`]|\b(?:if|elif|then|else|do|while|until|exec|nohup|sudo|eval|python\d?|perl|timeout\s+\S+)\s"
    r"|\b(?:ba|da|k|z)?sh\s(?:\s*-\w+\s)?)"
)
_SYSTEM: Final = r"(?:/usr)?/s?bin/|/etc/(?:rc\.d/)?init\.d/|/dev/"
_RUN: Final = re.compile(rf"{_BEFORE}\s*[\"']?(?!{_SYSTEM})(?:\.{{0,2}}|~|\$\{{?\w+\}}?)/[\w.]", re.MULTILINE)


def runs_unknown(text: str) -> bool:
    """Does it run a path that is not in a folder of the system's own programs?"""
    return _RUN.search(text) is not None
