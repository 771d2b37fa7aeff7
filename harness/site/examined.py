"""What keepalived and HAProxy say of one node's files, in a container that has the node's cards and files."""

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """What a program printed, both streams in order, and its exit status; None: it ran until it was ended."""

    status: int | None
    output: str


class Program(msgspec.Struct, frozen=True):
    """A program that a configuration names, as the node has it.

    `real`: the path with all links resolved. `linked`: the first directory of the path that is a link, "" if none.
    """

    mode: int
    uid: int
    gid: int
    real: str
    linked: str = ""


class Examined(msgspec.Struct, frozen=True):
    """`dump`: keepalived's own after about a second, "" if it made none. `programs`: None is not there.

    `versions`: keepalived, haproxy → the first line of what it says of its version.
    """

    keepalived_test: Answer
    keepalived_start: Answer
    dump: str
    haproxy_test: Answer
    haproxy_start: Answer
    programs: dict[str, Program | None] = {}
    versions: dict[str, str] = {}
