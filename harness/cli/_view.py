"""Views of what a run kept: a page, a story, an explanation. None of them decides anything."""

from collections.abc import Callable

from harness.cli._console import one_line, say


def view(what: str, make: Callable[[], object]) -> bool:
    """Whether it could be made. If not, that is said, and verdict and exit status stand: the view has a defect."""
    try:
        make()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is: the verdict is there; Rich exits on a closed pipe
        say(f"{what} could not be made ({type(error).__name__}: {one_line(str(error))}). The verdict stands.")
        return False
    return True
