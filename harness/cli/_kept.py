"""What a gate said, kept in its run's folder, and its report."""

from pathlib import Path

import msgspec

from harness.cli.report import keep_report
from harness.gate.report import GateReport
from harness.report.page.gate_told import KEPT


def kept(report: GateReport) -> GateReport:
    """The same. A gate that was decided before any fault has no run."""
    run = Path(report.run)
    if report.run and run.is_dir():
        (run / KEPT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
        keep_report(run)
    return report
