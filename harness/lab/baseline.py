"""What a lab was like when `up` had brought it up, and what differs now. Kept in the lab itself, in a volume of it.

So each client finds it, on any machine, and it ends with the lab.
"""

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from harness.lab.archive import fetch, pack
from harness.lab.configure import Configured
from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.model.configuration import Configuration
from harness.model.errors import AgentError, LeftBehind
from harness.model.protocol import LEFT, HeldOp, Sweep
from harness.model.survey import Comparison, Survey, Topic, Unasked, compared, file_state

KEEPER: Final = "network-agent"
PATH: Final = "/var/lib/agent/baseline.json"
_AGENTS: Final[dict[str, tuple[str, Topic]]] = {"hand": (KEEPER, "network"), "service": ("service-agent", "services")}
"""And what is not known while the agent has a journal that it cannot read."""


class Checked(msgspec.Struct, frozen=True):
    """`held`: faults that are in force. `comparison`: everything else against the baseline."""

    held: tuple[HeldOp, ...]
    comparison: Comparison

    @property
    def clean(self) -> bool:
        """Nothing of ours remains, and all that could be asked at `up` could be asked now."""
        return not (self.held or self.comparison.ours or self.comparison.unasked)


def record(lab: Lab, anew: Collection[str] = ()) -> Survey:
    """The present state becomes the baseline: all of it, or what is not in the one that there is.

    `anew`: containers that were made anew or restarted since. Of all others the baseline stays: what has happened to
    them since is what a check is to find. Raises `AgentError`, also while a fault is held or left.
    """
    if held := _held(lab):
        raise AgentError(f"{held[0].op} is in force, held by {held[0].holder}.")
    if left := _left(lab):
        raise AgentError(str(left[0]))
    found, before = survey(lab), _read(lab)
    if before is not None:
        found = before.continued(found, anew, cables=KEEPER in anew)
    _write(lab, found)
    return found


def amend(lab: Lab, configuration: Configuration, configured: Configured) -> None:
    """The files that a configuration changed belong to the baseline from now on. Without a baseline: nothing."""
    changed = dict.fromkeys(node for node, _ in configured.restarted)
    found = _read(lab) if changed else None
    if found is None:
        return
    for node in changed:
        executable, files = configuration.executable(lab.every, node), configured.files[node]
        states = {path: file_state(text.encode(), executable=path in executable) for path, text in files.items()}
        found = found.with_files(node, states)
    _write(lab, found)


def check(lab: Lab, swept: Callable[[str], None]) -> Checked:
    """Undoes what was left and is ours, then compares. Raises `LeftBehind` for a lab without a baseline.

    `swept` gets a line for each thing that was removed.
    """
    before = _read(lab)
    if before is None:
        raise LeftBehind(
            f"The lab {lab.name!r} has no baseline to compare with. Record one: harness up --lab {lab.name}"
        )
    now = survey(lab)
    if ours := [each for each in now.things if each.ours]:
        for name in _AGENTS:
            lab.agent(name).ask(Sweep)
        now = survey(lab)
        for each in ours:
            if each not in now.things:
                swept(f"{each.where}: {each.what}: {each.state}")
    found = compared(before, now)
    return Checked(_held(lab), msgspec.structs.replace(found, unasked=(*found.unasked, *_left(lab))))


def survey(lab: Lab) -> Survey:
    """Of this lab's nodes. What an agent cannot be asked is `unasked`."""
    told = sum((lab.agent(name).look() for name in _AGENTS), Survey())
    return told.of((KEEPER, *lab.topology.nodes))


def _left(lab: Lab) -> tuple[Unasked, ...]:
    """What an earlier process of an agent left, and this one has not undone, or cannot even read."""
    notes = [(*place, note) for name, place in _AGENTS.items() for note in lab.agent(name).hello().notes]
    return tuple(Unasked(where, topic, note) for where, topic, note in notes if note.startswith(LEFT))


def _held(lab: Lab) -> tuple[HeldOp, ...]:
    return tuple(each for name in _AGENTS for each in lab.agent(name).hello().held)


def _read(lab: Lab) -> Survey | None:
    found = fetch(find_container(lab.docker, lab.name, KEEPER), PATH)
    try:
        return msgspec.json.decode(found.text, type=Survey) if found else None
    except msgspec.DecodeError:  # of another version: `up` records another one
        return None


def _write(lab: Lab, found: Survey) -> None:
    keeper = find_container(lab.docker, lab.name, KEEPER)
    keeper.put_archive("/", pack({PATH: msgspec.json.encode(found).decode()}))
