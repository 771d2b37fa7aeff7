"""The verdict of what was tried, with what is known of the site: which questions it says, what our stand-ins decide."""

from harness.gate import verdict
from harness.gate.asks import probed
from harness.gate.named import uses
from harness.gate.prepare import Prepared
from harness.gate.report import Tried, Verdict
from harness.site.stand_ins import SiteStandIns


def decided(prepared: Prepared, tried: list[Tried]) -> tuple[Verdict, str]:
    found = verdict.verdict(
        tried,
        questions=questions(prepared),
        unsupported=unanswered(prepared.stand_ins),
        late=prepared.late,
        only=prepared.only,
    )
    return verdict.with_stand_ins(found, tried, uses(prepared.pair))


def questions(prepared: Prepared) -> dict[str, bool]:
    """Each customer and each VIP that is asked → does the site say what?"""
    said = probed(prepared.pair)
    asked = {name: vantage.vip for name, vantage in prepared.place.topology.vantages.items()}
    return {name: vip in said for each, vip in asked.items() for name in (each, vip)}


def unanswered(found: SiteStandIns) -> list[str]:
    """Checks of servers that no stand-in answers, by line."""
    return [f"{each.path}:{each.line}: {each.said}" for each in found.unsupported]
