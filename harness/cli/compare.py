"""`harness compare`."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._compared import compared
from harness.cli._console import Json, out, print_json
from harness.compare import EXIT, compare
from harness.history.kept_runs import find_run, outcome_of
from harness.model.errors import UsageError

_RUN = "A run's name, its path, or an outcome.json."
Baseline = Annotated[str, typer.Argument(metavar="RUN", help=f"The baseline. {_RUN}")]
Others = Annotated[list[str], typer.Argument(metavar="RUN…", help=f"What is compared with it. {_RUN}")]


def compare_runs(
    baseline: Baseline,
    runs: Others,
    *,
    folder: Annotated[Path, typer.Option("--runs", help="Folder with the runs.")] = Path("runs"),
    json: Json = False,
) -> None:
    """Is a run better or worse than another one of the same experiment?

    What was changed between them is yours: a configuration, a keepalived, a kernel. What else differs is said.
    At most six comparisons decide: those that the experiment declares (@pytest.mark.compares), else recovery at each
    vantage point of the first fault, and transitions. Each needs ten valid trials of both runs.

    Exit status: 0 better or no difference shown, 1 worse, 2 wrong use, 3 too few trials.

    Examples:

      harness run june_13 --only survived --trials 10 --configuration ./new-pair

      harness compare june_13-20261128-101010 june_13-20261129-155842

      harness compare main/outcome.json branch/outcome.json --json
    """
    paths = [find_run(text, folder) for text in (baseline, *runs)]
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("A run is named twice: a comparison with itself shows nothing.")
    first, *others = map(outcome_of, paths)
    report = compare(first, others)
    if json:
        print_json(report)
    else:
        out.print(compared(report))
    raise typer.Exit(EXIT[report.judgement])
