"""What is left to watch HAProxy where a tracker is not in force."""

from harness.lint._commands import watches_haproxy
from harness.lint._finding import Severity
from harness.lint._pair import Member, PairNode
from harness.lint._trackers import trackers, written


def severity_without(node: PairNode, name: str) -> Severity | None:
    """Of a finding that the tracker `name` is not in force. None: the rule's own, for nothing else asks for HAProxy."""
    members = [Member(node, each) for each in node.running.instances]
    concerned = [each for each in members if any(line.words[0] == name for _, line in written(each))]
    return "warning" if concerned and all(is_watched(each, name) for each in concerned) else None


def is_watched(member: Member, *but: str) -> bool:
    """Does a script or a process ask for HAProxy, or may it do so? `but`: names that count for nothing."""
    return any(watches_haproxy(member, each) for each in trackers(member) if each.name not in but)
