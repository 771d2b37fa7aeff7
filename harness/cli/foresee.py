"""`harness foresee`."""

from typing import Annotated

import msgspec
import typer

from harness.cli._console import Json, out, print_json, show, table, timed
from harness.cli._subject import ConfigurationName, Folder, Router, say_left_out, subject
from harness.model.units import parse_duration, s
from harness.search.blip import Blip, on_trunk
from harness.search.foresee import Foreseen, compared
from harness.statistics import Estimate

_LATE = "One direction returns up to this much later than the other."
_SEED = "Seed of the random schedules; the same seed gives the same result."
_APART = "Share of the blips in which --late applies (0 to 1)."


class ForeseeReport(msgspec.Struct, frozen=True):
    """`noticed_from_s`: no standby notices a shorter silence of the owner, and blips that are shorter show nothing.

    0: there is no standby.
    """

    subject: str
    router: str
    blip: str
    settings: tuple[Foreseen, ...]
    left_out: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    noticed_from_s: float = 0


def foresee(
    folder: Folder = None,
    *,
    configuration: ConfigurationName = "default",
    router: Router = "",
    longest: Annotated[str, typer.Option("--longest", metavar="TIME", help="A blip lasts up to so long.")] = "1s",
    late: Annotated[str, typer.Option("--late", metavar="TIME", help=_LATE)] = "250ms",
    apart: Annotated[float, typer.Option("--apart", min=0, max=1, help=_APART)] = 0.5,
    trunk: Annotated[str, typer.Option("--trunk", metavar="NAME", help="Which trunk is silent.")] = "",
    samples: Annotated[int, typer.Option("--samples", min=10, max=20_000, help="Blips of each setting.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help=_SEED)] = 1,
    json: Json = False,
) -> None:
    """How likely does a random blip of the network split a pair? Foreseen on a model, in seconds: no lab, no outage.

    The blip is that of a firmware upgrade: a trunk is silent for a moment, in any phase, and its two ways may return
    apart. Told for the pair as it is, and with one line of keepalived.conf changed at a time. docs/foresee.md says what
    the model knows, and how it is held to the lab. The files of a DIR are read by keepalived itself first, as `harness
    lint` does it. Exit status: 0 whatever is foreseen, 2 wrong request, 3 nothing could be asked.

    Examples:

      harness foresee --configuration advert-100ms

      harness foresee site/ --longest 3s --json

      harness foresee --configuration default --longest 10s --apart 0
    """
    chosen = subject(folder, configuration)
    pair = chosen.pair(router or None)
    blip = Blip(parse_duration(longest, "--longest"), parse_duration(late, "--late", least=0), apart, trunk)
    blip = on_trunk(blip, chosen.topology, pair.router)
    say_left_out(chosen)
    with timed(f"{samples:,} blips for each setting of {chosen.name}, {pair.router.name}", "some seconds"):
        found = tuple(compared(chosen, pair.router.name, blip, samples, seed))
    lacks = tuple(dict.fromkeys(each for setting in found for each in setting.lacks))
    noticed_s = pair.silence_ns / s
    report = ForeseeReport(chosen.name, pair.router.name, blip.describe(), found, chosen.left_out, lacks, noticed_s)
    if not json and blip.longest < pair.silence_ns:
        _show_too_short(pair.silence_ns)
    print_json(report) if json else _show(report, samples)


def _show_too_short(silence_ns: int) -> None:
    show(f"No blip is as long as the standby's timer, {silence_ns / s:.2f} s at least: try a longer --longest.")


def _show(report: ForeseeReport, samples: int) -> None:
    show(f"{report.blip}. Shares of {samples:,} blips, with 95 % intervals:")
    _table(report.settings)
    for line in (*report.left_out, *report.lacks):
        show(f"not in the model: {line}")


def _table(found: tuple[Foreseen, ...]) -> None:
    shown = table("setting", "standby takes over", "split once settled", "split for good", "dark, median s")
    for each in found:
        shown.add_row(each.setting, *map(_share, (each.takes_over, each.split, each.for_good)), _seconds(each.dark_s))
    out.print(shown)


def _share(of: Estimate) -> str:
    low, high = of.low or 0, 1 if of.high is None else of.high
    return f"{of.value:.1%} ({low:.1%} to {high:.1%})"


def _seconds(of: Estimate) -> str:
    return "?" if of.value is None else f"{of.value:.2f}"
