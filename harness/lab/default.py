"""The name of the usual lab. Alone here: each command has it in its help, and most of them do nothing with Compose."""

from typing import Final

DEFAULT_LAB: Final = "failover-harness"
