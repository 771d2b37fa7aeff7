"""Processes that search side by side. An interrupt ends them at once: what they do can be done again."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context


@contextmanager
def workers(number: int = 0) -> Iterator[ProcessPoolExecutor]:
    """`number` 0: one for each processor.

    Spawned, not forked: a spinner's thread may hold a lock that a fork would inherit.
    """
    before = set(active_children())
    pool = ProcessPoolExecutor(number or os.cpu_count() or 1, get_context("spawn"), _end_at_interrupt)
    try:
        yield pool
    except BaseException:
        for child in set(active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_at_interrupt() -> None:
    """Without a traceback of each."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
