"""An exception that a thread does not catch ends the process, so that the failure is noticed."""

import os
import sys
import threading
import traceback


def exit_on_uncaught() -> None:
    """From now on an exception that a thread does not catch ends this process, status 1, after its traceback."""
    threading.excepthook = _end


def _end(failed: threading.ExceptHookArgs) -> None:
    traceback.print_exception(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.stderr.flush()
    os._exit(1)
