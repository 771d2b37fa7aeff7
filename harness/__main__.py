"""``python -m harness``: the command line from a checkout that is not installed."""

from harness.cli import main

main()
