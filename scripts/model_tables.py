"""Tables of docs/foresee.md from what `scripts/outcomes.py` keeps, and from the right answers of tests/data/sites."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.cli.foresee import ForeseeReport
from harness.cli.search import FoundHeld, FoundMechanism, SearchReport
from harness.search.foresee import Foreseen
from harness.statistics import Estimate
from scripts.outcome_tables import grid, interval
from scripts.outcomes import Conformance, Found, Held, Shares, SiteHeld

SITES: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "sites"
DEAF: Final = "--direction in"  # a card that sends and hears nothing
SHARES: Final = ("standby takes over", "split once settled", "split for good")


class Bounds(msgspec.Struct, frozen=True):
    haproxy_dead: float


class Moved(msgspec.Struct, frozen=True):
    moved_after_s: float | None = None


class Observed(msgspec.Struct, frozen=True):
    haproxy_dead: Moved = Moved()


class Expected(msgspec.Struct, frozen=True):
    """Of a site's `expect.toml` what the table has."""

    bound_s: Bounds
    observed: Observed


def conformance(kept: Conformance) -> Iterator[str]:
    row = (
        f"`tests/data` and `tests/data/replays`: {kept.trials} trials of {kept.recordings} recordings",
        f"{kept.on_time} of {kept.trials}",
        f"{kept.as_late} of {kept.trials}",
    )
    yield from grid(("recordings", "timers on time", "timers as late as recorded"), [row])


def shares(kept: Shares) -> Iterator[str]:
    told = kept.report
    head = (f"`{told.subject}`, n = {told.settings[0].blips:,}, seed {kept.seed}", *SHARES)
    yield from grid(head, ((_setting(told, each), *map(interval, _shares(each))) for each in told.settings))


def _setting(told: ForeseeReport, each: Foreseen) -> str:
    return each.setting if each is told.settings[0] else f"`{each.setting}`"


def _shares(of: Foreseen) -> Iterator[Estimate]:
    yield from (of.takes_over, of.split, of.for_good)


def mechanisms(kept: Found) -> Iterator[str]:
    (told,) = kept.reports
    yield from _searched(kept)
    yield f"{_schedules(told)}; mechanisms: {_kinds(told)}, of which the most frequent are told: {_harms(kept)}."
    yield ""
    head = ("story", "smallest schedule", "phases", "ended by", "hurts at other times with")
    yield from grid(head, (_mechanism(each) for each in told.mechanisms))


def sites(kept: Found) -> Iterator[str]:
    yield from _searched(kept)
    yield f"Of the {_told(kept)} mechanisms that were shrunk: {_harms(kept)}."
    yield ""
    head = ("site", "schedules", "kinds", "smallest schedule of the fewest faults", "phases", "ended by", "heals late")
    yield from grid(head, map(_site, kept.reports))


def of_checks(kept: Found) -> Iterator[str]:
    """Mechanisms in which a fault of HAProxy has a part: each story once, as the first site has it."""
    found = {
        (each.harm, each.story): (told.subject, each)
        for told in reversed(kept.reports)
        for each in reversed(told.mechanisms)
        if "--service haproxy" in each.schedule
    }
    head = ("site", "story", "smallest schedule", "phases", "ended by", "hurts at other times with")
    yield from grid(head, ((f"`{site}`", *_mechanism(each)) for site, each in sorted(found.values(), key=_first)))


def _first(found: tuple[str, FoundMechanism]) -> tuple[str, str]:
    return found[0], found[1].schedule


def _searched(kept: Found) -> Iterator[str]:
    yield f"Machine: {kept.machine}."
    yield f"{kept.seconds:g} s of searching{' each' if len(kept.reports) > 1 else ''}, seed {kept.seed}."


def _told(kept: Found) -> int:
    return sum(len(told.mechanisms) for told in kept.reports)


def _harms(kept: Found) -> str:
    """How many of each harm."""
    every = Counter(each.harm for told in kept.reports for each in told.mechanisms)
    return ", ".join(f"{harm} {times}" for harm, times in every.most_common()) or "none"


def _schedules(told: SearchReport) -> str:
    return f"{told.schedules:,} schedules{'' if told.alone else ' (not every fault alone)'}"


def _kinds(told: SearchReport) -> int:
    return len(told.mechanisms) + told.left


def _mechanism(found: FoundMechanism) -> Iterator[str]:
    race = {True: "", False: ", a race", None: ", some orders not tried"}
    yield f"{found.harm}: {found.story}"
    yield f"`{found.schedule}`"
    yield f"{found.share:.0%}{race[found.certain]}".replace("%", " %")
    yield _lines(found.ended_by) or "none that was tried"
    yield _lines(found.at_other_times)


def _lines(of: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in of)


def _site(told: SearchReport) -> Iterator[str]:
    yield from (f"`{told.subject}`", f"{told.schedules:,}{'' if told.alone else ', not every fault alone'}")
    yield str(_kinds(told))
    fewest = min(told.mechanisms, key=lambda each: len(each.edges), default=None)
    if fewest:
        _, schedule, phases, ended, _ = _mechanism(fewest)
        yield from (schedule, phases, ended)
    else:
        yield from ("none", "", "")
    yield f"`{told.late.schedule}`: after {told.late.late_s:.1f} s" if told.late else ""


# -- what hurts while it lasts


def lasting(kept: Held) -> Iterator[str]:
    late = "until the fault ends, or too late"
    head = ("site", "dead node", "HAProxy killed", "formula of its files", "measured", late)
    yield from grid(head, map(_lasting, kept.sites))
    yield ""
    yield from _endings(kept)
    deaf = sum(any(DEAF in each.fault and each.hurts for each in site.faults) for site in kept.sites)
    above = [site.site for site in kept.sites if _is_above(site)]
    yield f"- A card that sends and hears nothing hurts {deaf} of {len(kept.sites)}; the last column leaves it out."
    yield f"- Measured above the model's worst: {', '.join(above) or 'none'}."


def _endings(kept: Held) -> Iterator[str]:
    """Which line ends how many faults of the last column, and those that none ends."""
    hurting = [each for site in kept.sites for each in _hurting(site)]
    for line, times in Counter(line for each in hurting for line in each.ended_by).most_common():
        yield f"- `{line}` ends {times} of these {len(hurting)} faults."
    if left := [f"`{each.fault}`" for each in hurting if not each.ended_by]:
        yield f"- No line that was tried ends {', '.join(left)}."


def _lasting(site: SiteHeld) -> Iterator[str]:
    yield f"`{site.site}`"
    yield _worst(_fault(site, f"freeze {site.owner}"))
    yield _worst(_killed(site))
    yield f"{_expected(site).bound_s.haproxy_dead:.2f} s"
    measured = _measured(site)
    yield "" if measured is None else f"{measured:.2f} s"
    yield "; ".join(map(_named, _hurting(site)))


def _killed(site: SiteHeld) -> FoundHeld:
    return _fault(site, f"killed {site.owner} --service haproxy")


def _fault(site: SiteHeld, name: str) -> FoundHeld:
    return {each.fault: each for each in site.faults}[name]


def _worst(found: FoundHeld) -> str:
    """How long customers wait in the worst phase."""
    if found.untold:
        return "not known"
    return "until it ends" if found.dark_s is None else f"{found.dark_s:.1f} s"


def _is_above(site: SiteHeld) -> bool:
    """Did a lab take longer than the model's worst?"""
    measured, worst = _measured(site), _killed(site)
    return measured is not None and worst.dark_s is not None and not worst.untold and measured > worst.dark_s


def _hurting(site: SiteHeld) -> list[FoundHeld]:
    return [each for each in site.faults if each.hurts and DEAF not in each.fault]


def _named(found: FoundHeld) -> str:
    return f"`{found.fault}`" if found.dark_s is None else f"`{found.fault}` {found.dark_s:.1f} s"


def _measured(site: SiteHeld) -> float | None:
    return _expected(site).observed.haproxy_dead.moved_after_s


def _expected(site: SiteHeld) -> Expected:
    return msgspec.toml.decode((SITES / site.site / "expect.toml").read_bytes(), type=Expected)
