"""Coroutines on the agent's loop: one that must wait stands still, and goes on when what it awaits is there.

All of it on the loop's thread. One that never has to wait is over when `begin` returns, as a function would be.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Pending(Generic[T]):
    """What may not be there yet. `await` gives it, or raises what was in its way."""

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._problem: Exception | None = None
        self._waiting: list[Callable[[], None]] = []

    def __await__(self) -> Generator["Pending[Any]", None, T]:
        if not self.done:
            yield self
        return self.result()

    def result(self) -> T:
        """Once it is done."""
        if self._problem:
            raise self._problem
        return cast("T", self._value)

    def settle(self, value: T) -> None:
        self._value = value
        self._go_on()

    def fail(self, problem: Exception) -> None:
        self._problem = problem
        self._go_on()

    def then(self, call: Callable[[], None]) -> None:
        """`call()` once it is done, which it is not yet."""
        self._waiting.append(call)

    def _go_on(self) -> None:
        self.done = True
        for call in self._waiting:
            call()


def begin(coroutine: Coroutine[Pending[Any], None, T]) -> Pending[T]:
    """Runs it until it is over or must wait, and from then on whenever it can. What it raises ends the agent."""
    finished: Pending[T] = Pending()

    def go_on() -> None:
        try:
            awaited = coroutine.send(None)
        except StopIteration as end:
            finished.settle(end.value)
        else:
            awaited.then(go_on)

    go_on()
    return finished
