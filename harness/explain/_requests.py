"""What became of requests: answered or not, by which node, and in which way they failed."""

from collections import Counter
from typing import Final

from harness.checks._words import names
from harness.explain._scene import Scene, Sentences
from harness.history.timeline import Interval
from harness.model.requests import Outcome, Stream
from harness.recovery.vantage import due_in

_WORDS: Final = {
    Outcome.http_error: "got an answer with status {status}",
    Outcome.refused: "were refused",
    Outcome.connect_timeout: "got no connection in time",
    Outcome.unreachable: "met an unreachable address",
    Outcome.reset: "were reset",
    Outcome.eof: "were cut off",
    Outcome.read_timeout: "got no answer in time",
    Outcome.local: "failed on our own side",
    Outcome.dropped: "were not sent by our own side",
    Outcome.failed: "failed otherwise",
}


def outcomes(scene: Scene, vantage: str, window: Interval, stream: Stream = Stream.probe) -> Sentences:
    """``Of 1206 requests that customer-2 began from +0.571 s to +6.601 s, 1206 got no connection in time.``

    Only requests that left a record: one that still waits has none.
    """
    due = due_in(scene.history.arrivals(vantage, stream), window)
    failed = due[due["outcome"] != Outcome.ok]
    bad = Counter(zip(failed["outcome"].tolist(), failed["status"].tolist(), strict=True))
    fates = [f"{n} {_WORDS[Outcome(outcome)].format(status=status)}" for (outcome, status), n in bad.most_common(3)]
    what = "health checks" if stream is Stream.health else "requests"
    if fates:
        yield f"Of {len(due)} {what} that {vantage} began {scene.span(window)}, {names(fates)}."
