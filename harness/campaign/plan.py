"""What a campaign does: cells × trials, in an order that does not depend on who does them."""

from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from harness.campaign.job import Cell, Job
from harness.campaign.shard import Shard
from harness.model.errors import UsageError

FILE: Final = "plan.json"


class Plan(msgspec.Struct, frozen=True):
    """`until`: the question that ends it early, as `question.parse` reads it; "": none.

    `contents`: what its rows read → digest, as `contents.sealed` finds it; (): not looked at yet.
    """

    cells: tuple[Cell, ...]
    trials: int
    seed: int
    until: str = ""
    shard: Shard = Shard()
    contents: tuple[tuple[str, str], ...] = ()

    def jobs(self) -> Iterator[Job]:
        """The first trial of each cell, then the second: a machine that changes over the night favours no cell."""
        for trial in range(1, self.trials + 1):
            for number, cell in enumerate(self.cells):
                if self.shard.has(number, trial):
                    yield Job(cell, self.seed, trial)

    @property
    def whole(self) -> "Plan":
        """That of which it is a shard."""
        return msgspec.structs.replace(self, shard=Shard())

    @property
    def asked(self) -> "Plan":
        """As it was asked for, whatever the files hold."""
        return msgspec.structs.replace(self, contents=())

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits, of the contents too."""
        return sha256(msgspec.json.encode(self.whole)).hexdigest()[:8]

    @property
    def name(self) -> str:
        """``campaign-june_13-1f0c22ab``: the same request has the same name, so that it goes on where it stopped."""
        first = "".join(each if each.isalnum() or each == "_" else "-" for each in Path(self.cells[0].what).stem)[:30]
        part = "" if self.shard.whole else f"-{self.shard.k}-of-{self.shard.n}"
        return f"campaign-{first.strip('-').removeprefix('test_')}-{self.asked.digest}{part}"


def keep(folder: Path, plan: Plan) -> None:
    """Makes the folder of this plan. Raises `UsageError` if it has another, or if what its rows read has changed."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / FILE).exists():
        _refuse_other(folder, read(folder), plan)
    partial = folder / f"{FILE}.partial"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(plan)))
    partial.replace(folder / FILE)


def _refuse_other(folder: Path, before: Plan, plan: Plan) -> None:
    """Two campaigns are two tables."""
    if before.asked != plan.asked:
        raise UsageError(f"{folder} has the results of another campaign: repeat its options, or name another --out.")
    if changed := differing([before, plan]):
        raise UsageError(f"{folder} has results, and {', '.join(changed)} has changed since: name another --out.")


def differing(plans: Collection[Plan]) -> list[str]:
    """What is not the same in the contents of all."""
    found = {item for each in plans for item in each.contents}
    return sorted({item[0] for item in found if any(item not in each.contents for each in plans)})


def read(folder: Path) -> Plan:
    """Raises `UsageError` for a folder that is no campaign's."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise UsageError(f"{folder} is no campaign: {path.name} cannot be read ({error.strerror}).") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no plan of a campaign: {error}.") from error
