"""Where a finding points: a line of a file that the site brought."""

from typing import NamedTuple


class Place(NamedTuple):
    """`file`: below the site's folder. `line`: from 1; 0 if no line is concerned."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file
