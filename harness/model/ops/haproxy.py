"""Ops on a balancer's HAProxy: what operators do by hand, and its end."""

from harness.model.ops.base import SERVICE, Act, Disturbs, OnNode


class _Haproxy(OnNode, Act, frozen=True):
    agent = SERVICE
    disturbs = Disturbs.nothing  # HAProxy goes on serving

    @property
    def lane(self) -> str:
        return self.node


class SessionLimit(_Haproxy, frozen=True, tag="session_limit"):
    """Act: every frontend of a balancer may have so many sessions; `SessionLimitSet` says how that was done."""

    limit: int


class ShareServer(_Haproxy, frozen=True, tag="share_server"):
    """Act: a server that a balancer's configuration lists as disabled is used."""

    server: str


class HaproxyAsConfigured(_Haproxy, frozen=True, tag="haproxy_as_configured"):
    """Act: what operators set or edited is taken back. Without such a change nothing happens."""


HaproxyOp = SessionLimit | ShareServer | HaproxyAsConfigured
