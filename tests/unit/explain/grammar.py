"""Every kind of sentence that an explanation may have, and how its numbers are found without the harness's code.

A sentence that none of these patterns matches fails the tests; so does one with a number outside a pattern's groups.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

from tests.unit.explain.raw_facts import Facts, Record

Verifier = Callable[..., bool]
T: Final = r"([+-][\d.]+) s"
L: Final = r"([\d.]+) s"
N: Final = r"([\w.-]+?)"
NUMBER: Final = r"([\d,]+)"
NAMES: Final = r"((?:[\w.-]+(?: 10\.[\d.]+)?(?:, | and )?)+)"
SPAN: Final = r"(from (?:before the step|[+-][\d.]+ s) (?:until the step ended|to [+-][\d.]+ s))"
_RULES: Final[list[tuple[re.Pattern[str], Verifier]]] = []
_OUTCOMES: Final = {
    "were refused": 2, "got no connection in time": 3, "met an unreachable address": 4, "were reset": 5,
    "were cut off": 6, "got no answer in time": 7, "failed on our own side": 8, "were not sent by our own side": 9,
    "failed otherwise": 10,
}  # fmt: skip


def says(pattern: str) -> Callable[[Verifier], Verifier]:
    def decorate(verifier: Verifier) -> Verifier:
        _RULES.append((re.compile(pattern), verifier))
        return verifier

    return decorate


def wrong(facts: Facts, sentence: str) -> str:
    """Why the sentence is not shown to be right; "" if it is."""
    found = [(match, verifier) for pattern, verifier in _RULES if (match := pattern.fullmatch(sentence))]
    if len(found) != 1:
        return f"{len(found)} rules fit: {sentence}"
    match, verifier = found[0]
    if stray := re.search(r"\d", _outside(match)):
        return f"a number at {stray.start()} is in no group: {sentence}"
    return "" if verifier(facts, *match.groups()) else f"{verifier.__name__} does not find it: {sentence}"


def _outside(match: re.Match[str]) -> str:
    text = match.string
    for begin, end in sorted(
        (span for n in range(1, len(match.groups()) + 1) if (span := match.span(n))[0] >= 0), reverse=True
    ):
        text = text[:begin] + text[end:]
    return text


def names(text: str) -> list[str]:
    return re.split(r", | and ", text)


def ends_of(span: str) -> tuple[str, str]:
    """``from +0.331 s until the step ended`` → ``+0.331`` and ``until the step ended``, as `Facts` reads instants."""
    begin, end = re.fullmatch(r"from (.+?)(?: s)? (until the step ended|to .*)", span).groups()  # type: ignore[union-attr]
    return begin, end.removeprefix("to ").removesuffix(" s")


def count(text: str) -> int:
    return int(text.replace(",", ""))


def _ops(facts: Facts) -> Iterator[tuple[int, int | None]]:
    """Each op that acted: when, and when it was released."""
    for op in facts.of("op_applied"):
        ends = [
            e["t"]
            for e in facts.of("op_released", plan=op["plan"])
            if (e.get("part", 0), e["op"]) == (op.get("part", 0), op["op"]) and e["t"] >= op["t"]
        ]
        yield op["t"], min(ends, default=None)


_SINCE: Final = rf" from {T} on(?:, until {T})?\."


@says(r"Every frame from ([\w-]+) (?:to|into) ([\w-]+) was dropped" + _SINCE)
@says(r"([\w-]+)\.([\w-]+) had no carrier" + _SINCE)
@says(r"(\w+) of ([\w-]+) was stopped by SIGSTOP" + _SINCE)
def an_op(facts: Facts, one: str, other: str, begin: str, end: str | None) -> bool:
    about = [e for e in facts.of("op_applied") if _is_about(facts, e["op"], {one, other})]
    return any(
        facts.among(begin, [{"t": t}])
        and ((end is None) == (until is None))
        and (end is None or facts.among(end, [{"t": until}]))
        for t, until in _ops(facts)
        if any(e["t"] == t for e in about)
    )


def _is_about(facts: Facts, op: dict[str, Any], words: set[str]) -> bool:
    place, _, end = str(op.get("port", "")).rpartition(".")
    if trunk := facts.topology["trunks"].get(place):
        return words == {trunk["a"], trunk["b"]}
    return words == ({place, end} if place else {op.get("service", ""), op.get("node", "")})


@says(rf"The statistics of {N} had been counted anew until the optimizer chose the wrong index, from {T} on\.")
def a_roll(facts: Facts, node: str, begin: str) -> bool:
    return facts.among(
        begin, [e for e in facts.of("op_applied") if (e["op"]["op"], e["op"].get("node")) == ("sql_roll", node)]
    )


@says(rf"A flood from {N} of up to (\d+) sessions \((\w+)\) was in force from {T} on\.")
def a_flood(facts: Facts, node: str, sessions: str, mode: str, begin: str) -> bool:
    found = [e for e in facts.of("op_applied") if e["op"].get("node") == node and e["op"]["op"] == "flood"]
    return facts.among(begin, [e for e in found if (e["op"]["sessions"], e["op"]["mode"]) == (int(sessions), mode)])


@says(rf"`flush neighbours {N}` was done at {T}\.")
def a_flush(facts: Facts, node: str, at: str) -> bool:
    done = [e for e in facts.of("op_applied") if (e["op"]["op"], e["op"].get("node")) == ("flush_neighbours", node)]
    return facts.among(at, done)


@says(rf"{N} was not flushed\.")
def no_flush(facts: Facts, node: str) -> bool:
    return all(e["op"].get("node") != node for e in facts.of("op_applied"))


@says(rf"{N} took {N} at {T}\.")
def took(facts: Facts, node: str, vip: str, at: str) -> bool:
    return facts.among(at, facts.of("address", node=node, ip=vip, present=True))


@says(rf"{N} gave {N} up at {T}\.")
@says(rf"{N} gave {N} up at {T}: a node answers only for addresses that it holds\.")
def gave_up(facts: Facts, node: str, vip: str, at: str) -> bool:
    return facts.among(at, facts.of("address", node=node, ip=vip, present=False))


@says(rf"No advert had reached {N} for {L}; its master-down timer is {L}\.")
def silence(facts: Facts, node: str, length: str, timer: str) -> bool:
    taken = [e for e in facts.of("address", node=node, present=True) if e["ip"] in facts.segments]
    last = [(e["t"], heard) for e in taken if (heard := facts.last_advert(node, facts.segments[e["ip"]], e["t"]))]
    return any(
        f"{(t - e['t']) / 1e9:.3f}" == length and f"{facts.master_down(node, facts.node_of_ip(e['ip'])):.3f}" == timer
        for t, e in last
    )


@says(rf"{N} had resigned at {T}, by an advert of priority (0)\.")
def resigned(facts: Facts, node: str, at: str, _: str) -> bool:
    return facts.among(at, [e for e in facts.of("advert", priority=0) if facts.node_of_ip(e["ip"]) == node])


@says(rf"{N} has the priority (\d+), and the last advert of {N} that reached it had (\d+)\.")
def outranks(facts: Facts, node: str, own: str, other: str, theirs: str) -> bool:
    heard = {e["priority"] for e in facts.reached(node) if facts.node_of_ip(e["ip"]) == other}
    return int(own) > int(theirs) and int(own) in {e["priority"] for e in facts.sent(node)} and int(theirs) in heard


@says(rf"{N} announced it by (\d+) gratuitous ARPs?, the first at {T}\.")
def announced(facts: Facts, node: str, number: str, first: str) -> bool:
    for begin in (e for e in facts.garps(node) if facts.among(first, [e])):
        later = [e for e in facts.garps(node) if begin["t"] <= e["t"] < begin["t"] + 900_000_000]
        if len(later) == int(number):
            return True
    return False


@says(
    rf"An advert of {N} with the priority (\d+) had reached {N} {L} before: by VRRP it then steps back"
    r"(, and sends nothing)?\."
)
def steps_back(facts: Facts, *said: str) -> bool:
    sender, priority, node, before, silent = said
    if bool(silent) == facts.sends_before_it_steps_back(node):
        return False
    left = [e["t"] for e in facts.of("address", node=node, present=False) if e["ip"] in facts.vips]
    heard = [e for e in facts.reached(node) if (facts.node_of_ip(e["ip"]), e["priority"]) == (sender, int(priority))]
    lower = all(e["priority"] <= int(priority) for e in facts.sent(node))
    return lower and any(f"{(t - e['t']) / 1e9:.3f}" == before for t, e in product(left, heard))


@says(
    rf"(\d+) adverts? of {N} reached {N} in that time, with (?:the priority (\d+)|priorities from (\d+) to (\d+)): "
    rf"while such adverts arrive {N} does not take over\."
)
def kept_backup(facts: Facts, number: str, sender: str, node: str, *said: str | None) -> bool:
    one, least, most, again = said
    heard = [e["priority"] for e in facts.reached(node) if facts.node_of_ip(e["ip"]) == sender and e["priority"] > 0]
    told = {int(each) for each in (one, least, most) if each}
    return again == node and told <= set(heard) and len(heard) >= int(number)


@says(rf"{N} had lost the carrier of {N} at {T}\.")
def no_carrier(facts: Facts, node: str, device: str, at: str) -> bool:
    return facts.among(at, [e for e in facts.of("link", node=node, device=device) if not e.get("carrier", False)])


@says(rf"keepalived of {N} said (\w+) at {T}\.")
@says(rf"keepalived of {N} had said (\w+) at {T}, and nothing since\.")
def state(facts: Facts, node: str, word: str, at: str) -> bool:
    return facts.among(at, facts.of("vrrp_state", node=node, state=word))


@says(rf"keepalived of {N} said (\w+) when that began, and nothing else until it ended\.")
def state_before(facts: Facts, node: str, word: str) -> bool:
    return bool(facts.of("vrrp_state", node=node, state=word))


@says(
    rf"None of the (\d+) adverts? that {N} sent meanwhile reached {N}: {N} never learnt that it had a rival, "
    r"and had no reason to announce itself\."
)
def never_learnt(facts: Facts, number: str, rival: str, node: str, again: str) -> bool:
    own = [e for e in facts.of("address", node=rival) if e["ip"] in facts.vips and e["t"] > facts.began]
    begin = min(e["t"] for e in own if e["present"])
    end = max(e["t"] for e in own if not e["present"])
    sent = [e for e in facts.sent(rival) if begin - 50_000_000 <= e["t"] <= end]
    return again == node and len(sent) == int(number) and not [e for e in facts.reached(node) if begin <= e["t"] <= end]


@says(rf"{N} was the only owner from {T} on\.")
def only_owner(facts: Facts, node: str, at: str) -> bool:
    gone = [e for e in facts.of("address", present=False) if e["ip"] in facts.vips and e["node"] != node]
    return facts.among(at, gone) and any(facts.holds(node, vip, facts.instant(at)[1]) for vip in facts.vips)


@says(rf"{N} sent no gratuitous ARP for {N} until the step ended\.")
def unannounced(facts: Facts, node: str, vip: str) -> bool:
    return not [e for e in facts.garps(node) if facts.effect <= e["t"] < facts.ends and e["sender_ip"] == vip]


@says(rf"{N} sent its first gratuitous ARP after that at {T}\.")
def announced_late(facts: Facts, node: str, at: str) -> bool:
    gone = max(e["t"] for e in facts.of("address", present=False) if e["ip"] in facts.vips and e["node"] != node)
    later = [e for e in facts.garps(node) if e["t"] >= gone]
    return facts.among(at, later[:1])


@says(rf"{N} was the only owner before the step began, and had sent no gratuitous ARP by {T}\.")
def alone_before(facts: Facts, node: str, at: str) -> bool:
    return not [e for e in facts.garps(node) if e["t"] < facts.instant(at)[0]]


@says(rf"{N} sent (\d+) gratuitous ARPs? until {T}, and none left the switch towards {N}\.")
def undelivered(facts: Facts, node: str, number: str, until: str, device: str) -> bool:
    took_it = max(e["t"] for e in facts.of("address", node=node, present=True) if e["t"] < facts.instant(until)[1])
    sent = [e for e in facts.garps(node) if took_it - 50_000_000 <= e["t"] < facts.instant(until)[0]]
    came = [
        e
        for e in facts.of("arp", inward=False)
        if e["port"].split(".")[0] == device and e["sender_ip"] == e["target_ip"] == facts.vips[0]
    ]
    mac = {e["sender_mac"] for e in sent}
    return len(sent) == int(number) and not [
        e for e in came if e["sender_mac"] in mac and took_it <= e["t"] < facts.instant(until)[0]
    ]


@says(rf"The ARP (?:entry|entries) of {NAMES} led to {N} {SPAN}(?:, and to {N} after that)?\.")
def led(facts: Facts, caches: str, node: str, span: str, after: str | None) -> bool:
    return all(_one_led(facts, cache, node, span, after) for cache in names(caches))


def _one_led(facts: Facts, cache: str, node: str, span: str, after: str | None) -> bool:
    begin, end = ends_of(span)
    told = [e for e in facts.of("neighbour", node=cache) if e["ip"] in facts.vips]
    changed = begin == "before the step" or facts.among(begin, told)
    since, until = facts.exactly(begin)[-1], facts.exactly(end)[0]
    inside = {facts.node_of_mac(e["mac"]) for e in told if since < e["t"] < until}
    moved = end == "until the step ended" or (
        facts.among(end, told) and facts.entry(cache, facts.exactly(end)[-1]) == after
    )
    return changed and facts.entry(cache, since) == node and inside <= {node} and moved


@says(rf"Of {NUMBER} (requests|health checks) that {N} began {SPAN}, (.*)\.")
def became(facts: Facts, *said: str) -> bool:
    number, what, vantage, span, fates = said
    begin, end = ends_of(span)
    every = facts.requests(vantage, 4 if what == "health checks" else 0)
    for first, last in product(facts.exactly(begin), facts.exactly(end)):
        due = [each for each in every if first <= each.due < last]
        if len(due) == count(number) and all(_fate(due, fate) for fate in names(fates)):
            return True
    return False


def _fate(due: list[Record], fate: str) -> bool:
    number, _, what = fate.partition(" ")
    status = re.fullmatch(r"got an answer with status (\d+)", what)
    if status:
        return sum((each.outcome, each.status) == (1, int(status[1])) for each in due) == count(number)
    return sum(each.outcome == _OUTCOMES[what] for each in due) == count(number)


@says(rf"A request of {N} waited for {L} from {T} on\.")
def waited(facts: Facts, vantage: str, length: str, begin: str) -> bool:
    connected = facts.requests(vantage, 1)
    spans = [(max(x.due, facts.effect), min(x.done, facts.ends)) for x in connected]
    last = max((x.done for x in connected if x.due < facts.ends), default=facts.effect)
    spans += [(t, facts.ends) for t in facts.exactly(begin)] if facts.instant(begin)[1] >= last else []
    return any(f"{(b - a) / 1e9:.3f}" == length and facts.among(begin, [{"t": a}]) for a, b in spans) or any(
        abs((b - a) / 1e9 - float(length)) < 0.0015 and facts.among(begin, [{"t": a}]) for a, b in spans
    )


@says(rf"The last answer on its connection had come from {N}\.")
def answered_by(facts: Facts, node: str) -> bool:
    balancers = [name for name, each in facts.topology["nodes"].items() if each["kind"] == "balancer"]
    return any(x.balancer == balancers.index(node) + 1 and x.outcome == 0 for x in facts.records if x.stream == 1)


@says(rf"{N} does not know a connection that was with {N}\.")
def unknown_connection(_: Facts, one: str, other: str) -> bool:
    return one != other


@says(rf"{N} held {N} and could not serve {SPAN}\.")
def held_unable(facts: Facts, node: str, vip: str, span: str) -> bool:
    begin, end = ends_of(span)
    samples = [*facts.of("haproxy", node=node), *facts.of("service", node=node, service="haproxy")]
    ends = end == "until the step ended" or facts.among(end, samples) or facts.among(f"{float(end) - 1:+.3f}", samples)
    return facts.among(begin, samples) and ends and facts.holds(node, vip, facts.exactly(begin)[-1])


@says(rf"HAProxy's process on {N} (was stopped|had ended) at {T}\.")
def process(facts: Facts, node: str, what: str, at: str) -> bool:
    word = "stopped" if what == "was stopped" else "down"
    return facts.among(at, facts.of("service", node=node, service="haproxy", state=word))


SAMPLES: Final = rf"in (?:(1) sample, at {T}|(\d+) samples, the first at {T} and the last at {T})\."


@says(rf"HAProxy on {N} did not answer `show stat` " + SAMPLES)
def unanswering(facts: Facts, node: str, *samples: str | None) -> bool:
    silent = [
        e for e in facts.of("haproxy", node=node) if e.get("status") in {"silent", "refused"} and not e.get("proxy")
    ]
    return _samples(facts, silent, *samples)


@says(rf"HAProxy on {N} showed no server of {N} that was up " + SAMPLES)
def serverless(facts: Facts, node: str, backend: str, *samples: str | None) -> bool:
    down = [e for e in facts.of("haproxy", node=node, proxy=f"{backend}/BACKEND") if not e["status"].startswith("UP")]
    return _samples(facts, down, *samples)


def _samples(facts: Facts, found: list[dict[str, Any]], *said: str | None) -> bool:
    """So many of these samples lie between the first and the last one that are named, these included."""
    one, only, many, first, last = said
    number, begin, end = one or many or "", only or first or "", only or last or ""
    inside = [e for e in found if facts.instant(begin)[0] <= e["t"] <= facts.instant(end)[1]]
    return len(inside) == int(number) and facts.among(begin, inside[:1]) and facts.among(end, inside[-1:])


@says(rf"{N} had (\d+) sessions of (\d+) that ([\w/]+) may have at {T}\.")
def sessions(facts: Facts, *said: str) -> bool:
    node, number, limit, proxy, at = said
    asked = {"node": node, "proxy": proxy, "sessions": int(number), "session_limit": int(limit)}
    return facts.among(at, facts.of("haproxy", **asked))


@says(rf"(\d+) % of the sessions of {N} waited for a server {SPAN}\.")
def waiting(facts: Facts, percent: str, node: str, span: str) -> bool:
    begin, end = ends_of(span)
    for first, last in product(facts.exactly(begin), facts.exactly(end)):
        inside = [e for e in facts.of("haproxy", node=node) if first <= e["t"] < last]
        busy = sum(e["sessions"] for e in inside if e["proxy"].endswith("/BACKEND"))
        every = sum(e["sessions"] for e in inside if e["proxy"].endswith("/FRONTEND") and e["session_limit"])
        if every and f"{busy / every * 100:.0f}" == percent:
            return True
    return False


@says(rf"([\w/]+) of {N} began (\d+) requests per second before the trial's first step, and (\d+) once it was full\.")
def rates(facts: Facts, proxy: str, node: str, before: str, after: str) -> bool:
    samples = facts.of("haproxy", node=node, proxy=proxy)
    full = next(e["t"] for e in samples if e["t"] >= facts.effect and e["sessions"] >= e["session_limit"])
    early = [e for e in samples if facts.trial_began - 10**9 <= e["t"] < facts.trial_began]
    late = [e for e in samples if full <= e["t"] < min(full + 2 * 10**9, facts.ends)]
    return (f"{_hz(early):.0f}", f"{_hz(late):.0f}") == (before, after)


def _hz(samples: list[dict[str, Any]]) -> float:
    first, last = samples[0], samples[-1]
    return float((last["requests"] - first["requests"]) / ((last["t"] - first["t"]) / 1e9))


@says(rf"{N} filled because each request took longer, and not because more came\.")
@says(rf"{N} filled because its sessions waited for their clients, and not for a server\.")
@says(rf"{N} filled because more requests came than before\.")
def filled_because(facts: Facts, node: str) -> bool:
    """The rule itself is `checks.cause`, which has tests of its own; here only that this node was full."""
    return any(e["sessions"] >= e["session_limit"] for e in facts.of("haproxy", node=node) if e.get("session_limit"))


@says(rf"Up to (\d+) clients waited in the kernel's queue of {N}, port (\d+), {SPAN}\.")
def queue(facts: Facts, most: str, node: str, port: str, span: str) -> bool:
    begin, end = ends_of(span)
    samples = facts.of("listen", node=node, port=int(port))
    inside = [e for e in samples if facts.instant(begin)[0] <= e["t"] <= facts.instant(end)[1]]
    return max(e["waiting"] for e in inside) == int(most) and facts.among(begin, inside) and facts.among(end, inside)


@says(rf"(\d+) attempts to connect to {N} found that queue full\.")
def overflows(facts: Facts, number: str, node: str) -> bool:
    told = [e["overflows"] for e in facts.of("listen", node=node) if facts.effect <= e["t"] < facts.ends]
    return any(b - a == int(number) for a, b in product(told, told))


@says(rf"HAProxy's own queue on {N} showed (\d+) meanwhile\.")
def own_queue(facts: Facts, node: str, number: str) -> bool:
    told = [e["queued"] for e in facts.of("haproxy", node=node) if facts.effect <= e["t"] < facts.ends]
    return int(max(told)) == int(number)


@says(rf"On {N} EXPLAIN named the index {N} for token authentication at {T}, and not {N}\.")
def index(facts: Facts, node: str, plan: str, at: str, right: str) -> bool:
    return plan != right and facts.among(at, facts.of("database", node=node, plan=plan))


@says(rf"{N} read {NUMBER} rows along an index in {L}\.")
def rows(facts: Facts, node: str, number: str, length: str) -> bool:
    told = [e for e in facts.of("database", node=node) if facts.effect <= e["t"] < facts.ends]
    a, b = told[0], told[-1]
    return b["read_next"] - a["read_next"] == count(number) and f"{(b['t'] - a['t']) / 1e9:.3f}" == length


@says(rf"An authentication on {N} had run for {L} at {T}\.")
def authentication(facts: Facts, node: str, length: str, at: str) -> bool:
    return facts.among(at, facts.of("database", node=node, longest_ms=round(float(length) * 1000)))


@says(rf"The statistics of {N} had been counted (\d+) times by {T}, and the optimizer then chose {N}\.")
def counted(facts: Facts, node: str, times: str, at: str, plan: str) -> bool:
    return facts.among(at, facts.of("statistics", node=node, rolls=int(times), plan=plan))


@says(rf"{N} was down {SPAN}\.")
def was_down(facts: Facts, vantage: str, span: str) -> bool:
    """Its first bad probe at or after the begin, and a good one at the end: both are due at these instants."""
    begin, end = ends_of(span)
    probes = facts.requests(vantage, 0)
    bad = [{"t": x.due} for x in probes if x.outcome != 0 or x.done - x.due > 150_000_000]
    good = [{"t": x.due} for x in probes if x.outcome == 0 and x.done - x.due <= 150_000_000]
    owner = [e for e in facts.of("address", present=True) if e["ip"] in facts.vips]
    return (facts.among(begin, bad) or facts.among(begin, owner)) and facts.among(end, good)


@says(rf"{N} did not hold {N} at {T}: a node answers only for addresses that it holds\.")
def not_held(facts: Facts, node: str, vip: str, at: str) -> bool:
    return not any(facts.holds(node, vip, t) for t in facts.exactly(at))


@says(rf"At {T} {NAMES} held {N}\.")
def owners(facts: Facts, at: str, nodes: str, vip: str) -> bool:
    return all(any(facts.holds(node, vip, t) for t in facts.exactly(at)) for node in names(nodes))


@says(rf"When the step ended {NAMES} held {N}\.")
def owners_in_the_end(facts: Facts, nodes: str, vip: str) -> bool:
    return {n for n in facts.topology["nodes"] if facts.holds(n, vip, facts.ends)} == set(names(nodes))


@says(rf"A fault on {N} was still held then \((.*)\)\.")
def still_held(facts: Facts, node: str, op: str) -> bool:
    return node in op and any(until is None for _, until in _ops(facts))


@says(r"The instance of (\w+) is in no vrrp_sync_group: it does not move when another one does\.")
def no_group(facts: Facts, _: str) -> bool:
    return not any("vrrp_sync_group" in file.read_text() for file in facts.folder.rglob("keepalived.conf"))


@says(rf"advert_int: (\d+) ms on {N}, (\d+) s on {N}\.")
def intervals(facts: Facts, ms: str, one: str, s: str, other: str) -> bool:
    found = (facts.setting(one, "advert_int") * 1000, facts.setting(other, "advert_int"))
    return found == (int(ms), int(s))


@says(rf"While {N} is the master, {N} waits {L} without an advert before it takes over\.")
@says(rf"While {N} is the master, {N} waits {L}\.")
def waits(facts: Facts, master: str, node: str, length: str) -> bool:
    return f"{facts.master_down(node, master):.3f}" == length


@says(rf"{N} sent (\d+) adverts in the {L} of the step\.")
def adverts(facts: Facts, node: str, number: str, length: str) -> bool:
    sent = [e for e in facts.sent(node) if facts.began <= e["t"] < facts.ends]
    return len(sent) == int(number) and f"{(facts.ends - facts.began) / 1e9:.3f}" == length
