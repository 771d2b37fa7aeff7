"""A thread that fails takes its process with it, and says why."""

import subprocess
import sys

FAILS = """
import threading
from harness.model import threads
threads.exit_on_uncaught()
def fail():
    raise ValueError("a word that nobody foresaw")
threading.Thread(target=fail, daemon=True).start()
threading.Event().wait(20)
"""


def test_what_a_thread_does_not_catch_ends_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", FAILS], capture_output=True, text=True, timeout=15, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("ValueError: a word that nobody foresaw")
