"""Real trials, cut short by scripts/cut_history.py: what every check says of them, then and now.

Each was recorded on the lab with real keepalived and HAProxy. A verdict that changes here is a check that changed.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from harness import checks
from harness.experiment.judge import rejudge
from harness.history import History, store
from harness.model.outcome import StepOutcome, TrialOutcome
from harness.recovery import invalid_because

DATA = Path(__file__).parents[1] / "data"
MOST_BYTES = 300_000


@dataclass
class Story:
    """One step of a recording: the checks it violates, those that cannot tell, those without a premise; others hold."""

    recording: str
    step: str
    violated: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    idle: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.recording}-{self.step}"


UNSETTLED = {"service_level", "single_owner"}  # the fault outlives the step
SPLIT = {"no_stale_arp", "service_level", "survivor_announced"}
FULL = {"health_checks_frozen", "session_limit_reached", "silent_queue"}
UNSAMPLED = {"silent_queue"}  # recorded before the kernel's queues were; or no client waited in one
ROOM = {"health_checks_frozen", "no_failover_by_overload"}  # no frontend was full
ALONE = {"groups_together", "right_plan"}  # one pair, and no database
NO_RETURN = {"failback_is_an_outage"}
NO_RIVAL = {"survivor_announced"}
STAYED = NO_RETURN | NO_RIVAL | {"announced_by_owner", "takeover_announced"}
WAITING = {"no_hang"}  # the watch ended while a customer waited, for less than the bound
STORIES = (
    Story("survived", "blip", set(), UNSAMPLED, ALONE | ROOM | STAYED),
    Story("outage", "blip", SPLIT | {"no_hang"}, UNSAMPLED, ALONE | ROOM | NO_RETURN),
    # Both ways return at once with vrrp_higher_prio_send_advert: the owner hears its rival, and answers.
    Story("rival", "blip", set(), set(), ALONE | ROOM | NO_RETURN | UNSAMPLED),
    # 9.4 s later the master repeats itself
    Story("refresh", "blip", SPLIT | {"no_hang"}, UNSAMPLED, ALONE | ROOM | NO_RETURN),
    # Watched for 2 s only.
    Story("announce", "blip", SPLIT, UNSAMPLED | {"adverts_regular"} | WAITING, ALONE | ROOM | NO_RETURN),
    Story("announce", "announce", set(), UNSAMPLED, ALONE | ROOM | STAYED),
    # The gateways' caches alone are flushed: customer-3 has one of its own.
    Story("flush", "blip", SPLIT, {"adverts_regular"} | WAITING, ALONE | ROOM | NO_RETURN | UNSAMPLED),
    Story("flush", "flush", {"no_stale_arp", "service_level"}, WAITING, ALONE | ROOM | STAYED | UNSAMPLED),
    # lb-ext-1 loses its link for 1.5 s, and takes the VIP back.
    Story("failback", "link", set(), UNSAMPLED, ALONE | ROOM | NO_RIVAL),
    # The same, but gw-2 hears no frame while the VIP returns: customer-2 is lost until the second burst, 5 s later.
    Story(
        "deaf_failback",
        "link",
        {"failback_is_an_outage", "no_hang", "no_stale_arp", "service_level"},
        UNSAMPLED,
        ALONE | ROOM | NO_RIVAL,
    ),
    # The link stays down: served by the other node, but one machine is not two.
    Story(
        "gone",
        "gone",
        {"redundancy_restored"},
        UNSETTLED | UNSAMPLED | {"adverts_regular"},
        ALONE | ROOM | NO_RETURN | NO_RIVAL,
    ),
    # Both API servers freeze for 5 s: 40 of 40 sessions at once, and the VIP stays where it is.
    Story(
        "overload",
        "frozen",
        {"holder_can_serve", "no_hang", "session_limit_reached"},
        # Recorded before health checks were, too; and probes give up before they have waited.
        UNSAMPLED | {"health_checks_frozen"},
        ALONE | STAYED,
    ),
    # advert_int 0.1 and 1
    Story("mismatch", "watch", {"configurations_agree"}, UNSAMPLED | {"adverts_regular"}, ALONE | ROOM | STAYED),
    # lb-ext-1's HAProxy stops for 6 s; the VIP stays
    Story("frozen", "frozen", {"holder_can_serve", "no_hang"}, UNSAMPLED, ALONE | ROOM | STAYED),
    # The heartbeat is on the internal segment: the trunk outside is silent for 0.8 s, and nobody doubts who is master.
    Story("second_path", "blip", set(), set(), ALONE | ROOM | STAYED | {"silent_queue"}),
    # July 22: both databases read along the wrong index, and the balancer fills without a word.
    Story(
        "full",
        "flip",
        FULL | {"no_hang", "right_plan"},
        UNSETTLED | {"adverts_regular", "served_by_owner"},  # nobody was answered
        STAYED,
    ),
    # VIPs that are declared to stay on one side: one link fails, and only one of them moves; both, and they move too.
    Story("apart", "external", {"groups_together"}, {"adverts_regular"} | WAITING, ROOM | NO_RIVAL | {"silent_queue"}),
    # At 20 arrivals a second: 0.1 s of 503 as the VIP returns, 0.45 s served, then two slow answers. One outage.
    Story(
        "together",
        "both",
        {"failback_is_an_outage"},
        {"adverts_regular"},
        ROOM | NO_RIVAL | {"silent_queue"},
    ),
    # 2,300 requests that never end, and a limit of 2,000 sessions.
    Story("flooded", "flood", FULL, UNSETTLED | {"adverts_regular"}, ALONE | STAYED),
    # 300 and a limit of 200; keepalived asks for a page through the frontend that is full, and the VIP moves.
    Story(
        "tracked",
        "flood",
        FULL | {"no_failover_by_overload", "redundancy_restored", "transitions"},
        UNSETTLED | {"adverts_regular"},
        ALONE | NO_RETURN | NO_RIVAL,
    ),
)
RECORDINGS = sorted({story.recording for story in STORIES})


@cache
def history(recording: str) -> History:
    return store.load(DATA / recording)


@cache
def stored(recording: str) -> TrialOutcome:
    ((trial,),) = [test.trials for test in store.read_outcome(DATA / recording).tests]
    return trial


@cache
def judged(recording: str, step: str) -> StepOutcome:
    (recorded,) = [each for each in stored(recording).steps if each.name == step]
    return rejudge(history(recording), history(recording).steps[0][0], recorded)


def test_every_recording_has_its_story() -> None:
    assert [file.parent.name for file in sorted(DATA.glob("*/outcome.json"))] == RECORDINGS


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_verdicts(story: Story) -> None:
    verdicts = {finding.name: finding.verdict for finding in judged(story.recording, story.step).checks}
    expected = dict.fromkeys(checks.ALL, "holds")
    expected |= dict.fromkeys(story.violated, "violated") | dict.fromkeys(story.unclear, "inconclusive")
    expected |= dict.fromkeys(story.idle, "not applicable")
    assert verdicts == expected


@pytest.mark.parametrize("recording", RECORDINGS)
def test_judged_anew_it_is_what_was_stored(recording: str) -> None:
    """A snapshot of what the code says, renewed by `scripts/cut_history.py --again`. `STORIES` are what is right."""
    for step in stored(recording).steps:
        assert judged(recording, step.name) == step


@pytest.mark.parametrize("recording", RECORDINGS)
def test_it_is_valid_whole_and_small(recording: str) -> None:
    assert not any(history(recording).unread.values())
    for trial, name in history(recording).steps:
        assert invalid_because(history(recording), history(recording).step(trial, name)) == ()
    assert sum(file.stat().st_size for file in (DATA / recording).rglob("*") if file.is_file()) < MOST_BYTES


def test_overload_was_one() -> None:
    (finding,) = [each for each in judged("overload", "frozen").checks if each.name == "no_failover_by_overload"]
    assert "lb-ext-1 was full" in finding.sentence


def test_phases_of_a_late_announcement() -> None:
    """customer-2 lost its way twice: to lb-ext-2 and back. The second time the announcement took 8.8 s, all else ms."""
    takeover, survivor = judged("refresh", "blip").vantages["customer-2"].outages
    assert (takeover.handover, takeover.to) == ("takeover", "lb-ext-2")
    assert (survivor.handover, survivor.to) == ("survivor", "lb-ext-1")
    assert takeover.phases is not None
    assert survivor.phases is not None
    assert takeover.phases.detection_s == pytest.approx(0.285, abs=0.01)
    assert survivor.phases.announcement_s == pytest.approx(8.76, abs=0.01)
    assert max(survivor.phases.detection_s or 0, survivor.phases.convergence_s or 0) < 0.005


def test_phases_of_an_announcement_that_never_came() -> None:
    (outage,) = judged("outage", "blip").vantages["customer-2"].outages
    assert (outage.end_s, outage.handover, outage.to) == (None, "survivor", "lb-ext-1")
    assert outage.phases is not None
    assert outage.phases.announcement_s is outage.phases.convergence_s is None


def test_failback_is_an_outage_of_its_own() -> None:
    failover, failback = judged("failback", "link").vantages["customer-1"].outages
    assert (failover.to, failback.to) == ("lb-ext-2", "lb-ext-1")
    assert failover.end_s is not None
    assert failover.end_s == pytest.approx(0.29, abs=0.01)
    assert failback.begin_s > 1.5  # the link was back; the VIP followed
    assert failback.phases is not None


@pytest.mark.parametrize("recording", RECORDINGS)
def test_phases_add_up_to_their_outage(recording: str) -> None:
    ended = [
        (outage, 0.0 if number == 0 else outage.begin_s)
        for step in stored(recording).steps
        for vantage in judged(recording, step.name).vantages.values()
        for number, outage in enumerate(vantage.outages)
        if outage.phases and outage.end_s is not None
    ]
    for outage, begin_s in ended:
        p = outage.phases
        assert p is not None
        assert outage.end_s is not None
        parts = (p.detection_s, p.announcement_s, p.convergence_s, p.service_s)
        assert sum(part or 0.0 for part in parts) == pytest.approx(max(0.0, outage.end_s - begin_s), abs=1e-5)
