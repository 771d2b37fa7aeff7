"""How likely does a random blip hurt? Drawn and done on the model, for a pair as it is and with one line changed."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from harness.model.units import s
from harness.search.blip import Blip, blips
from harness.search.pair import Ended, SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.subject import Subject
from harness.search.workers import workers
from harness.statistics import Estimate, proportion, quantile

AS_IT_IS: Final = "as it is"


class Foreseen(msgspec.Struct, frozen=True):
    """Shares of all blips, each with its 95 % interval.

    `split`: once settled some cache led elsewhere than to the owner, or there was not one owner. `for_good`: still so
    when every announcement that was planned by then was out. `dark_s`: per vantage point, median over all blips.
    `lacks`: what was done and the model does not have, so that it did nothing.
    """

    setting: str
    blips: int
    takes_over: Estimate
    split: Estimate
    for_good: Estimate
    dark_s: Estimate
    lacks: tuple[str, ...] = ()


def foresee(pair: SimulatedPair, blip: Blip, samples: int, seed: int) -> Foreseen:
    ended = [pair.run(schedule) for schedule in islice(blips(blip, pair.advert_int_ns, seed), samples)]
    found = _summary(AS_IT_IS, ended, pair.customers)
    return msgspec.structs.replace(found, lacks=tuple(sorted(pair.lacks)))


class _Job(NamedTuple):
    """`remedy`: its place in `REMEDIES`; None: as it is."""

    subject: Subject
    router: str
    blip: Blip
    samples: int
    seed: int
    remedy: int | None


def compared(subject: Subject, router: str, blip: Blip, samples: int, seed: int) -> Iterator[Foreseen]:
    """The pair as it is, then with each line of `REMEDIES` that it does not have: the same blips for all."""
    lines = [number for number, remedy in enumerate(REMEDIES) if remedy.changes(subject.settings)]
    jobs = [_Job(subject, router, blip, samples, seed, number) for number in (None, *lines)]
    with workers() as pool:
        yield from pool.map(_foresee, jobs)


def _foresee(job: _Job) -> Foreseen:
    if job.remedy is None:
        return foresee(job.subject.pair(job.router), job.blip, job.samples, job.seed)
    remedy = REMEDIES[job.remedy]
    changed = job.subject._replace(settings=remedy.on(job.subject.settings))
    pair = changed.pair(job.router, job.subject.pair(job.router).watch_ns)
    return msgspec.structs.replace(foresee(pair, job.blip, job.samples, job.seed), setting=remedy.line)


def _summary(setting: str, ended: list[Ended], vantages: int) -> Foreseen:
    def share(of: Callable[[Ended], bool]) -> Estimate:
        return proportion(sum(map(of, ended)), len(ended))

    return Foreseen(
        setting,
        len(ended),
        share(lambda each: each.took_over),
        share(lambda each: each.settled.harm is not None),
        share(lambda each: each.harm is not None),
        quantile([each.dark_ns / s / max(1, vantages) for each in ended], 0.5),
    )
