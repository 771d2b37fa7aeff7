"""What is said of a prevention: what to write where, and how often the pair failed before and with it."""

from typing import Literal

import msgspec

Word = Literal["helps", "does not help", "not decided"]


class Change(msgspec.Struct, frozen=True):
    """`file`: below the site's folder. `was` "": `text` is added behind the line (0: before the first one).

    `text` "": the line is left out. `nodes`: all that have the file.
    """

    file: str
    line: int
    text: str
    was: str = ""
    nodes: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """``lb1.conf:6: weight -60 instead of weight -10``."""
        if not self.was:
            place = f"{self.file}, after line {self.line}" if self.line else f"{self.file}, at the begin"
            return f"{place}: {self.text}"
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.text} instead of {self.was}" if self.text else f"{where}: without {self.was}"


class Repeated(msgspec.Struct, frozen=True):
    """One test, before and with the change. Failed trials, and valid ones. `why`: what speaks for the word.

    `tried`: how many changes were measured for this test, this one among them, against the same trials before.
    """

    test: str
    word: Word
    before_failed: int
    before_trials: int
    after_failed: int
    after_trials: int
    why: str = ""
    tried: int = 0

    @property
    def said(self) -> str:
        counts = ""
        if self.before_trials and self.after_trials:
            before = f"{self.before_failed} of {self.before_trials} times before"
            counts = f": failed {before}, {self.after_failed} of {self.after_trials} with it{self._among}"
        return f"{self.test}{counts}{f' ({self.why})' if self.why else ''}"

    @property
    def _among(self) -> str:
        """Of many changes that do nothing, one helps by chance more often than one alone."""
        return f"; {self.tried} changes were tried for it" if self.word == "helps" and self.tried > 1 else ""


class Prevention(msgspec.Struct, frozen=True):
    """`tests`: those that failed and that it may mend. `but`: those that held before and fail with it.

    `unknown`: those that held before, and of which nothing is known with it.
    """

    name: str
    word: Word
    changes: tuple[Change, ...]
    tests: tuple[Repeated, ...] = ()
    but: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """``helps with haproxy-killed, but with it return fails``."""
        if self.word != "helps":
            return self.word
        helped = ", ".join(each.test for each in self.tests if each.word == "helps")
        worse = f", but with it {', '.join(self.but)} {'fail' if len(self.but) > 1 else 'fails'}" if self.but else ""
        return f"helps with {helped}{worse}"

    @property
    def lines(self) -> list[str]:
        """For people: each change, each test, and what is not known."""
        told = [*(each.said for each in self.changes), *(f"{each.word}: {each.said}" for each in self.tests)]
        return told + ([f"not known with it: {', '.join(self.unknown)}"] if self.unknown else [])
