"""A frontend's limit that the whole process never reaches."""

from collections.abc import Iterator

from harness.lint._frontends import customers, place
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.site.haproxy_limit import frontend_limit, process_limit


@rule(
    "warning",
    outage="All frontends together stop accepting earlier than the file says: one busy site shuts the others out.",
    experiment="session_flood",
)
def session_limit_above_process(pair: Pair) -> Iterator[Found]:
    """maxconn of global limits all frontends together. A frontend with a higher limit of its own never reaches it, and
    can take every session of the process, so that no other frontend accepts (HAProxy's configuration manual, 4.2
    "maxconn": "this value should not exceed the global maxconn")."""
    for node in pair.nodes:
        whole = process_limit(node.haproxy)
        for frontend in customers(node) if whole else ():
            own = frontend_limit(frontend)
            if whole and own and own.sessions > whole.sessions:
                yield Found(
                    place(node, own.line),
                    f"{frontend.kind} {frontend.name} may have {own.sessions} sessions, HAProxy as a whole "
                    f"{whole.sessions} ({place(node, whole.line)}).",
                    f"maxconn {own.sessions * 2} in global, or less than {whole.sessions} here",
                )
