"""Why a step measures nothing, and whose fault that is: told by the kind of each reason, never by its words. Pure."""

import enum
from collections.abc import Collection
from typing import NamedTuple

from harness.model.outcome import Phase


class Cause(enum.Enum):
    """What a reason says, or what a machine that was too busy for us can have caused, too."""

    state = "the state before the fault was not steady"
    instruments = "our own instruments failed"
    machine = "our own instruments were late, as they are on a machine that is too busy"
    busy = "no reason: the machine was busy"
    idle = "no reason: the machine was not busy"


class Reason(NamedTuple):
    words: str
    cause: Cause


def machine_spoilt(reasons: Collection[Reason]) -> bool:
    """Did a busy machine make the step invalid, and nothing else of ours?

    Where it made our instruments late, it can have made the pair unsteady, too. Without the kernel's word that it was
    busy it is not accused: our own load may have died.
    """
    causes = {reason.cause for reason in reasons}
    return {Cause.machine, Cause.busy} <= causes and Cause.instruments not in causes


def phase_of(reasons: Collection[Reason]) -> Phase:
    """What an invalid trial is counted under. Of several causes, ours: what they say of the time before is doubtful."""
    causes = {reason.cause for reason in reasons}
    if causes == {Cause.state}:
        return "before the fault"
    return "machine" if machine_spoilt(reasons) else "instruments"
