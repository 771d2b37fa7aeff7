"""A run for a terminal: at most 25 lines of at most 100 columns, without colour too. Pure: outcome in, lines out."""

from harness.report.terminal.story import COLUMNS, LINES, story

__all__ = ["COLUMNS", "LINES", "story"]
