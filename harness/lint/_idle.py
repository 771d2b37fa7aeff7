"""Checks that never fail, whatever they find."""

from harness.lint._checks import Check
from harness.lint._outcome import never_fails
from harness.lint._pair import PairNode
from harness.model.node_check import words_of


def why_idle(node: PairNode, check: Check) -> str:
    """Why it never fails; "" if it may."""
    words = words_of(check.script.command)
    file = next((found for word in words[:2] if (found := node.site.file(word))), None)
    return never_fails(words, file.text if file else "", [each.path for each in node.running.files])
