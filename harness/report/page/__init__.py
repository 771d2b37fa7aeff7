"""The report of a run as one HTML file: offline, zoomable, the same bytes for the same history (docs/report.md)."""

from pathlib import Path

from harness.report.page.material import read
from harness.report.page.page import page


def page_path(run: Path) -> Path:
    """Where a run's report is kept."""
    return run / "report.html"


def write(run: Path, output: Path | None = None, against: Path | None = None) -> Path:
    """Writes the report of the run's folder, and returns where.

    `against`: an earlier run, whose configuration is compared.

    Raises `UsageError` if a folder is no run, or one of a newer harness.
    """
    material, earlier = read(run), read(against, with_history=False) if against else None
    path = output or page_path(run)
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for piece in page(material, earlier):
            file.write(piece)
    partial.replace(path)
    return path
