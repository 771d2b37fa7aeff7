"""Why a step is invalid, and what caused that: told by the kind of each reason, never by its words. Pure."""

import enum
from collections.abc import Collection
from typing import NamedTuple

from harness.model.outcome import Phase


class Cause(enum.Enum):
    """The kind of a reason: what it says, and whether a busy machine can have caused it."""

    state = "the state before the fault was not steady"
    instruments = "our own instruments failed"
    machine = "our own instruments were late, as they are on a machine that is too busy"
    busy = "no reason: the machine was busy"
    idle = "no reason: the machine was not busy"


class Reason(NamedTuple):
    words: str
    cause: Cause


def machine_spoilt(reasons: Collection[Reason]) -> bool:
    """Did a busy machine make the step invalid, and no other failure of ours?

    A machine that made our instruments late can have made the pair unsteady, too. If the kernel's figures do not show
    that it was busy, it is not the cause: our own load may have died.
    """
    causes = {reason.cause for reason in reasons}
    return {Cause.machine, Cause.busy} <= causes and Cause.instruments not in causes


def phase_of(reasons: Collection[Reason]) -> Phase:
    """The phase under which an invalid trial is counted. If our instruments failed, an unsteady state is doubtful."""
    causes = {reason.cause for reason in reasons}
    if causes == {Cause.state}:
        return "before the fault"
    return "machine" if machine_spoilt(reasons) else "instruments"
