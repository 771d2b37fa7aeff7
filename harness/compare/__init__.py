"""Is a run better or worse than another? Pure: outcomes in, a comparison out."""

from harness.compare.comparing import compare
from harness.compare.report import EXIT, Compared, ComparisonReport

__all__ = ["EXIT", "Compared", "ComparisonReport", "compare"]
