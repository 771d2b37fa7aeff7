"""A job: one trial of a campaign. What is done is an experiment's test, a schedule of faults, or a drawn schedule."""

from typing import Final

import msgspec

BLIPS: Final = "blips"
RANDOM: Final = "random"
DRAWN: Final = {
    BLIPS: "a blip of a trunk, as `harness foresee` draws them",
    RANDOM: "up to three faults, in any order and overlap",
}
"""What draws another schedule for each trial, from the campaign's seed."""


class Cell(msgspec.Struct, frozen=True, order=True):
    """A row of the table. `what`: an experiment's name or path, a schedule, or a key of `DRAWN`. `test`: its test.

    `configuration`: "" is the test's own.
    """

    what: str
    test: str = ""
    configuration: str = ""

    @property
    def subject(self) -> str:
        """Without the configuration: ``june_13:outage``."""
        return f"{self.what}:{self.test}" if self.test else self.what

    @property
    def scheduled(self) -> bool:
        """Is it a schedule, drawn or given, and no experiment?"""
        return not self.test


class Job(msgspec.Struct, frozen=True, order=True):
    """`trial`: from 1."""

    cell: Cell
    seed: int
    trial: int

    def __str__(self) -> str:
        under = f" under {self.cell.configuration}" if self.cell.configuration else ""
        return f"{self.cell.subject}{under}, trial {self.trial}"
