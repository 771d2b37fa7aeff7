"""Slow work (seconds) runs outside the loop: each lane has one thread, which does its jobs one after the other."""

import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from harness.agents.mailbox import Mailbox
from harness.agents.pending import Pending

T = TypeVar("T")
Jobs = SimpleQueue[Callable[[], None]]


class Lanes:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._jobs: dict[str, Jobs] = {}

    async def do(self, lane: str, work: Callable[[], T]) -> T:
        """`work()` on the thread of `lane`, in the order of the calls; without a lane (``""``) at once on this thread.

        Raises what `work` raises.
        """
        if not lane:
            return work()
        pending: Pending[T] = Pending()
        self._jobs_of(lane).put(partial(self._work, pending, work))
        return await pending

    def _jobs_of(self, lane: str) -> Jobs:
        if lane not in self._jobs:
            jobs = self._jobs[lane] = Jobs()
            threading.Thread(target=_work_through, args=(jobs,), name=lane, daemon=True).start()
        return self._jobs[lane]

    def _work(self, pending: Pending[T], work: Callable[[], T]) -> None:
        """On the lane's thread; the caller gets the result on the loop's thread."""
        try:
            value = work()
        except Exception as problem:  # raised again where it is awaited
            self._mailbox.post(partial(pending.fail, problem))
        else:
            self._mailbox.post(partial(pending.settle, value))


def _work_through(jobs: Jobs) -> None:
    while True:
        jobs.get()()
