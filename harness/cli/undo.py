"""`harness undo`."""

from harness.cli._console import DEFAULT, Json, LabName, print_json, show
from harness.lab.lab import Lab


def undo(*, lab: LabName = DEFAULT, json: Json = False) -> None:
    """Release all active faults, of any process. Caches stay as they are, so that the fault's effect can be seen.

    Examples:

      harness undo
    """
    with Lab(lab) as opened:
        held = [each for agent in ("hand", "service") for each in opened.agent(agent).hello().held]
        opened.undo(everything=True)
    released = [f"{each.op}, held by {each.holder}" for each in held]
    if json:
        print_json({"lab": lab, "released": released})
    else:
        show("\n".join(f"released: {each}" for each in released) or "No fault was active.")
