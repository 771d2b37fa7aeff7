"""A configuration's text without its secrets: a report is mailed, and attached to tickets.

The rules of a site's files are applied, and one for SQL, which a site's files do not have.
"""

import re
from typing import Final

from harness.site import secrets

_SQL: Final = re.compile(
    r"(\bIDENTIFIED[ \t]+(?:VIA[ \t]+\S+[ \t]+)?(?:BY|USING|AS)[ \t]+(?:PASSWORD[ \t]+)?)"
    r"(?:'(?:[^'\n\\]|\\.)*'|\"(?:[^\"\n\\]|\\.)*\"|[^\s;]+)",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """Passwords, keys, and what userlists hold, replaced. A mark of 16 bits of an auth_pass stays, to compare it."""
    return _SQL.sub(rf"\1{secrets.REDACTED}", secrets.redacted(text))
