"""What is said of an error that is not the pair's, where what was measured before it is kept."""

from pathlib import Path
from traceback import extract_tb

from harness.experiment.ending import words
from harness.model.errors import HarnessError


def own_failure(error: Exception) -> str:
    """In one line. Of a defect, or of an error of the system, with its place: its traceback is not printed."""
    if isinstance(error, HarnessError):
        return words(error)
    place = extract_tb(error.__traceback__)[-1]
    return f"our own failure, in {Path(place.filename).name}, line {place.lineno}: {words(error)}"
