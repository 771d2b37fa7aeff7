"""Coroutines on the agent's loop: `await` suspends one until the awaited result is there.

All of them run on the loop's thread. A coroutine that never has to wait is over when `begin` returns.
"""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Pending(Generic[T]):
    """A result that may come later. `await` returns it, or raises its exception."""

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
        """`call()` once it is done. Only while it is not done."""
        self._waiting.append(call)

    def _go_on(self) -> None:
        self.done = True
        for call in self._waiting:
            call()


def begin(coroutine: Coroutine[Pending[Any], None, T]) -> Pending[T]:
    """Runs it until it ends or must wait; it goes on when the awaited result is there. An exception ends the agent."""
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
