"""What a run was made of: enough to know a year later what was compared with what."""

import msgspec

Parameter = str | int | float | bool | None

Texts = dict[str, dict[str, str]]
"""Node → file → its text."""


class RunFacts(msgspec.Struct, frozen=True):
    """`began`: ISO 8601, by the clock of the machine that ran the harness. `configurations`: name → node → file → text.

    In the texts passwords are replaced (harness/site/redacted.py). `primary`: the comparisons that were declared with
    the experiment (harness/model/comparisons.py).
    """

    began: str
    versions: dict[str, str] = {}  # program → version
    parameters: dict[str, Parameter] = {}
    configurations: dict[str, Texts] = {}
    primary: tuple[str, ...] = ()
