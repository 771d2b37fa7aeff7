"""What answers at a database's socket and is none is an error that the agent survives, whatever it says."""

import json
from typing import Final

import pytest

from tests.lab.shared import execute

pytestmark = pytest.mark.lab

# In the agent's container, which alone has the client. Prints what else than an AgentError was raised, and at what.
PROGRAM: Final = r"""
import json, pathlib, random, socket, tempfile, threading
from harness.agents.services.mariadb import session
from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError

root = tempfile.mkdtemp()
NodeFiles.of = lambda init: NodeFiles(root)
path = pathlib.Path(root + session.SOCKET)
path.parent.mkdir(parents=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind(str(path))
listener.listen()
words = b""

def serve():
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(words)

def packet(payload, number=0):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload

threading.Thread(target=serve, daemon=True).start()
chance = random.Random(7)
hello = packet(b"\x0a8.0.0\0" + bytes(range(12)) + b"\0\xff\xff\x2d\x02\0\xff\xff\x15" + bytes(23))
accepted = hello + packet(b"\0\0\0\2\0\0\0", 2) + packet(b"\0\0\0\2\0\0\0", 1)
fixed = [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", *map(packet, (b"", b"\x0a", b"\x0a8\0\0", b"\xff")), hello]
drawn = [packet(chance.randbytes(chance.randrange(60))) for _ in range(100)]
drawn += [begin + packet(chance.randbytes(chance.randrange(30)), number)
          for begin, number in ((hello, 2), (accepted, 1)) for _ in range(100)]
others = {}
for words in fixed + drawn:
    try:
        session.connect(1, 1).rows("SELECT 1")
    except AgentError:
        pass
    except BaseException as error:
        others[repr(error)] = repr(words)
print(json.dumps(others))
"""


@pytest.mark.usefixtures("lab")
def test_no_word_of_another_program_ends_a_thread_of_the_agents() -> None:
    assert json.loads(execute("service-agent", "python3", "-c", PROGRAM)) == {}
