"""The client of the load's master: what it says and is not understood is told to the one that asks."""

import threading
from queue import SimpleQueue

import pytest

from harness.lab.load import LoadControl
from harness.model.errors import AgentError


class Line:
    """A stream to a master that answers each ask with the next of these lines."""

    stderr = b""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self._told: SimpleQueue[bytes] = SimpleQueue()

    def write(self, data: bytes) -> None:
        self._told.put(self._answers.pop(0))

    def read(self) -> bytes:
        told = self._told.get()
        if told == b"broken":
            raise ValueError("a frame that is none")
        return told

    def close(self) -> None:
        self._told.put(b"")


@pytest.mark.parametrize(
    "word",
    [b'{"reply":"perhaps","id":1}', b"nonsense", b"\xff", b'{"id":1}'],
    ids=["newer", "no JSON", "no text", "no kind"],
)
def test_an_answer_that_is_not_understood_names_master_line_and_remedy(word: bytes) -> None:
    control = LoadControl(Line(word + b"\n", b'{"reply":"answered","id":2,"answers":{},"missing":[]}\n'))
    with pytest.raises(AgentError, match=r"The load master sent a line .* cannot decode.*harness up"):
        control.present()
    assert control.present().missing == ()


def test_a_reader_that_fails_is_told_to_the_one_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    uncaught: SimpleQueue[object] = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda failed: uncaught.put(failed.exc_value))
    with pytest.raises(AgentError, match="The load master is gone"):
        LoadControl(Line(b"broken")).present()
    assert isinstance(uncaught.get(timeout=5), ValueError)
