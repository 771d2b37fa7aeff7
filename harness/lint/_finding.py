"""What a rule finds: a line of the site's files, what is wrong with it, and what to write instead."""

from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]
"""`error`: an outage that the pair is built for is not survived. `warning`: it depends. `note`: worth to know."""


class Finding(msgspec.Struct, frozen=True):
    """`file`: below the site's folder; `line`: from 1, 0 if no line is concerned. `experiment`: what shows it."""

    rule: str
    severity: Severity
    file: str
    line: int
    sentence: str
    instead: str = ""
    experiment: str = ""

    @property
    def text(self) -> str:
        """The sentence, and what to write instead."""
        return f"{self.sentence} Instead: {self.instead}" if self.instead else self.sentence
