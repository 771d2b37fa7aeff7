"""What every event has."""

import msgspec


class _Numbered(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`told_by`: the agent (hand, eye, service); `serial`: from 1 on, without a hole, in one life of that agent.

    0: not numbered, as a baseline (it tells again what exists) and recordings older than the numbers are.
    """

    told_by: str = ""
    serial: int = 0


class Event(_Numbered, frozen=True, tag_field="event"):
    t: int
