"""The check scripts of an instance, with the lines that define them and what they ask for."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._asks import Ask, asks
from harness.lint._commands import script_of
from harness.lint._lines import of_globals
from harness.lint._pair import Member, PairNode
from harness.lint._place import Place
from harness.lint._trackers import Tracker, definition, trackers
from harness.model.keepalived import Block
from harness.model.running_keepalived import TrackScript


class Check(NamedTuple):
    """`place`: its ``script`` line. `script`: as keepalived runs it."""

    tracker: Tracker
    place: Place
    script: TrackScript
    asks: tuple[Ask, ...]

    @property
    def name(self) -> str:
        return self.tracker.name

    @property
    def soonest_ns(self) -> int:
        """Time from the outage until it has failed, at least."""
        return self.script.interval_ns * (self.script.fall - 1)

    @property
    def latest_ns(self) -> int:
        """And at most, if each run fails at once."""
        return self.script.interval_ns * self.script.fall


def checks(member: Member) -> Iterator[Check]:
    """Those that keepalived runs for the instance."""
    for tracker in trackers(member):
        if script := script_of(member, tracker):
            block = definition(member, tracker)
            line = block.find("script") if block else None
            command = _command(script, line)
            yield Check(tracker, member.node.at(line or block), script, asks(command, _scripts(member.node, command)))


def user_of(member: Member, check: Check) -> str:
    """The user as whom it runs, as the file says; "" if it does not."""
    block = definition(member, check.tracker)
    said = (block and block.last("user")) or ""
    default = of_globals(member.node, "script_user")
    return said or (default.argument if default else "")


def _command(script: TrackScript, line: Block | None) -> str:
    """As written; the dump's own puts every word in quotation marks."""
    return " ".join(line.words[1:]) if line else script.command.replace("'", "")


def _scripts(node: PairNode, command: str) -> Iterator[str]:
    """The files that the site brought, of those that the command names."""
    for word in command.split():
        if found := node.site.file(word.strip("'\"")):
            yield found.text
