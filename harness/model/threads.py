"""No thread dies in silence: what it does not catch ends the process, whose end is noticed."""

import os
import sys
import threading
import traceback


def end_with_any() -> None:
    """From now on what a thread does not catch ends this process, status 1, with its reason as last words."""
    threading.excepthook = _end


def _end(failed: threading.ExceptHookArgs) -> None:
    traceback.print_exception(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.stderr.flush()
    os._exit(1)
