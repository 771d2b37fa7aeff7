"""What a check script asks for: the addresses, ports and paths in its command and in the script files that it runs.

A tolerant reading of shell text, by line: variables that the script sets to plain values are put in, comments and lines
that only say something are left out. What cannot be read yields nothing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_ASSIGNED = re.compile(r"""(?:(?:export|readonly|local)\s+)?([A-Za-z_]\w*)=("[^"`]*"|'[^']*'|[^\s;`"'(]*)""")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_SAYS = re.compile(r"\s*(?:echo|printf|logger)\b[^|>;&]*(?:\d?>&2\s*)?$")
_URL = re.compile(r"(https?)://(?:[^\s/@'\"]*@)?([^\s/'\"?;|)<>&]+)([^\s'\";|)<>]*)")
_BARE = re.compile(
    r"(?<=\s)['\"]?((?:localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\])(?::[^\s/'\"]+)?|[\w.-]+:\d+)(/[^\s'\";|)]*)?(?=['\"\s;|)]|$)"
)
_CLIENT = re.compile(r"\b(curl|wget)\b")
_BY_SOCKET = re.compile(r"--(abstract-)?unix-socket[\s=]+['\"]?([^\s'\";|)`]+)")
_COMMANDS = re.compile(r"&&|[|;]")
_TCP = re.compile(r"/dev/tcp/([^\s/'\"]+)/([^\s'\";)]+)")
_NETCAT = re.compile(r"\b(?:nc|ncat|netcat)\b['\"]?(?:\s+-\S+(?:\s+\d+)?)*\s+([^\s-]\S*)\s+(\d+)")
_TLS = re.compile(r"\bs_client\b.*?-connect\s+['\"]?([^\s'\"]+):(\d+)")
_REQUEST = re.compile(r"\b(?:GET|HEAD|OPTIONS) (/[^\s'\"$]*)")
_FAILS = re.compile(r"\s-[a-zA-Z]*f|--fail|\s-[a-zA-Z]*w\s|--write-out|http_code|[^|]\|[^|]|\$\(")
_READS = re.compile(r"--write-out|http_code|(?<!\|)\|(?!\|)|\$\(|`")
_UNKNOWN = r"(?<=\s)[\"']?\$\{?\w+(?:\[[@*]\])?\}?[\"']?(?=\s)"
"""Words that the text does not tell: options may be among them."""
_UNVERIFIED = re.compile(
    _UNKNOWN + r"|\s-[a-zA-Z]*k|--(?:insecure|cacert|capath|proxy|no-check-certificate|ca-)|CURL_CA_BUNDLE"
)
_CREDENTIALS = re.compile(
    rf"{_UNKNOWN}|\s-[a-zA-Z]*[un]|--(?:user|netrc|http-user|config)|\s-K|[Aa]uthorization|://[^/\s]*@"
)
_LISTENS = re.compile(r"\b(?:[ef]?grep|awk|sed|read|head|expr|case)\b|\[\[|<&(?!-)|\$\(|`")
_SEARCHES = re.compile(r"\b[ef]?grep\b[^|;&\n)]*")
_ANY_ANSWER = re.compile(
    r"grep\s+(?:-\S+\s+)*[\"']?\^?(?:HTTP[^\s\"']*|\.)[\"']?\s*$|HTTP\S*\s+\[?[1345]|(?<!\d)[1345]\d\d(?!\d)"
)
_SUCCESS = re.compile(r"(?<![\w.:])(?:2\d\d|OK)\b")
_STATUS = r"""["']?\$(?:\?|\{\?\})["']?"""
_REFUSED_ALONE = re.compile(rf"{_STATUS}\s*(?:-eq|-ne|==?|!=)\s*[\"']?7\b|\bcase\s+{_STATUS}\s+in\s*\(?7\)")
_OTHERWISE = re.compile(
    rf"{_STATUS}\s*(?:-eq|-ne|-gt|-ge|==?|!=)\s*[\"']?(?!7\b)\d|\bcurl\b[^\n]*(?:&&|\|\|)|\b(?:if|until|while)\s+!?\s*curl\b"
)
"""curl's status 7: the connection was refused. A script that fails at it alone asks only whether a port is open."""
_PORTS: Final = {"http": 80, "https": 443}


class Ask(NamedTuple):
    """`host`: "" where it is not known; the path of a Unix socket, or ``@`` and its name, whose `port` is 0.

    `path` None: not known. `strict`: it fails also at an answer such as 503.
    `reads`: it looks at the answer's status or text itself, and may be content with any.
    `unverified`: it takes any certificate, or one that it names. `credentials`: it brings a password.
    """

    kind: Literal["http", "https", "tls", "connect"]
    host: str
    port: int
    path: str | None
    strict: bool
    reads: bool = False
    unverified: bool = False
    credentials: bool = False


def is_socket(host: str) -> bool:
    """Of an `Ask`: a Unix socket of the node itself."""
    return host.startswith(("/", "@"))


def told(text: str) -> str:
    """What a shell text does: without comments, assignments, and what is only said."""
    return "\n".join(_lines(text))


def asks(command: str, scripts: Iterable[str] = ()) -> tuple[Ask, ...]:
    """`command`: what keepalived runs. `scripts`: the texts of the script files that it names."""
    return tuple(dict.fromkeys(ask for text in (command, *scripts) for ask in _spoken(list(_lines(text)))))


def _spoken(lines: list[str]) -> Iterator[Ask]:
    """A connection over which the text itself speaks HTTP, and listens, is a request. Where only a refused one counts,
    none is."""
    spoken = next(filter(None, map(_REQUEST.search, lines)), None)
    text = "\n".join(lines)
    connects, strict = _only_connects(text), _wants_success(text)
    spoken = spoken if _LISTENS.search(text) else None
    for ask in (ask for line in lines for ask in _asked(line)):
        if connects and ask.kind in ("http", "https") and not ask.strict:
            yield ask._replace(kind="connect", path=None, strict=True)
        else:
            yield _as_request(ask, spoken[1], strict=strict) if spoken and ask.kind == "connect" else ask


def _as_request(ask: Ask, path: str, *, strict: bool) -> Ask:
    """It may bring a password: in a header that stands in another line."""
    return ask._replace(kind="http", path=path, strict=strict, credentials=True)


def _wants_success(text: str) -> bool:
    """Does what looks at the answer refuse an error? Any answer has `HTTP`."""
    searches = _SEARCHES.findall(text)
    return not any(map(_ANY_ANSWER.search, searches)) if searches else bool(_SUCCESS.search(text))


def _only_connects(text: str) -> bool:
    return bool(_REFUSED_ALONE.search(text)) and not _OTHERWISE.search(text)


def _lines(text: str) -> Iterator[str]:
    """Variables put in; neither comments nor assignments nor what is only said."""
    variables: dict[str, str] = {}
    for raw in text.replace("\\\n", " ").split("\n"):
        line = _filled(_COMMENT.sub("", raw), variables)
        if found := _ASSIGNED.fullmatch(line.strip().rstrip(";")):
            variables[found[1]] = found[2].strip("\"'")
        elif not _SAYS.match(line):
            yield line


def _filled(line: str, variables: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        return variables.get(found[1] or found[3], found[0] if found[2] is None else found[2])

    return _VARIABLE.sub(value, line)


def _asked(line: str) -> Iterator[Ask]:
    client = _CLIENT.search(line)
    strict = client is None or client[1] == "wget" or bool(_FAILS.search(line))
    for request in _requests(line, client, strict=strict):
        yield request._replace(
            reads=bool(_READS.search(line)),
            unverified=client is None or bool(_UNVERIFIED.search(line)),
            credentials=client is None or bool(_CREDENTIALS.search(line)),
        )
    for pattern, kind in _CONNECTS:
        for each in pattern.finditer(line):
            if (port := each[2]).isdecimal():
                yield Ask(kind, _host(each[1]), int(port), None, strict=True)


def _requests(line: str, client: re.Match[str] | None, *, strict: bool) -> Iterator[Ask]:
    for found in _URL.finditer(line):
        kind: Literal["http", "https"] = "https" if found[1] == "https" else "http"
        for request in _request(kind, found[2], found[3], strict=strict):
            yield request._replace(host=socket, port=0) if (socket := _socket(line, found)) else request
    if client and not _URL.search(line):
        for bare in _BARE.finditer(line, client.end()):
            yield from _request("http", bare[1], bare[2] or "", strict=strict)


def _socket(line: str, url: re.Match[str]) -> str:
    """Of the command that the URL is in: a path, ``@name`` if it is an abstract one; "" if it names none."""
    begin = max((each.end() for each in _COMMANDS.finditer(line, 0, url.start())), default=0)
    end = _COMMANDS.search(line, url.end())
    found = _BY_SOCKET.search(line, begin, end.start() if end else len(line))
    return f"{'@' if found[1] else ''}{found[2]}" if found else ""


_CONNECTS: Final[tuple[tuple[re.Pattern[str], Literal["tls", "connect"]], ...]] = (
    (_TCP, "connect"),
    (_NETCAT, "connect"),
    (_TLS, "tls"),
)


def _request(kind: Literal["http", "https"], authority: str, rest: str, *, strict: bool) -> Iterator[Ask]:
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        host, port = authority, str(_PORTS[kind])
    if port.isdecimal():
        path = rest.split("#", maxsplit=1)[0] if rest.startswith("/") else f"/{rest}"
        yield Ask(kind, _host(host), int(port), None if "$" in path else path, strict)


def _host(text: str) -> str:
    return "" if "$" in text else text.strip("[]\"'")
