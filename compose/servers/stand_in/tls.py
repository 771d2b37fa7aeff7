"""TLS on bytes that a protocol has already got: asyncio's own TLS cannot begin after a PROXY header was read."""

import ipaddress
import re
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

SSL_3 = b"\x16\x03\x00"
REFUSED = b"\x15\x03\x00\x00\x02\x02\x28"
"""A fatal alert of SSL 3.0. `option ssl-hello-chk` greets in that version and takes every record for a life sign."""


_NAME = re.compile(r"[\w.:*-]+")  # what separates names in openssl's own syntax is in none


def begins(data: bytes) -> bool:
    return data[:2] == b"\x16\x03"


def context(certificate: Path) -> ssl.SSLContext:
    """As tolerant as the library is: what a site's balancer speaks to its servers is not judged here."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    made.set_alpn_protocols(["h2", "http/1.1"])
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    made.options |= ssl.OP_NO_RENEGOTIATION
    return made


def certified(authority: Path, names: tuple[str, ...]) -> Path:
    """A certificate of these names, signed by that authority, which has its key with it; itself if there are none.

    Its key is the authority's too: there is nothing to protect.
    """
    if not names:
        return authority
    folder = Path(tempfile.mkdtemp())
    leaf, both = folder / "leaf.pem", folder / "stand-in.pem"
    plain = [name for name in names if _NAME.fullmatch(name)]
    alternatives = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in plain) or "DNS:stand-in"
    key = str(authority)
    signed = ["openssl", "req", "-x509", "-new", "-key", key, "-CA", key, "-CAkey", key, "-days", "3650"]
    subject = ["-subj", "/CN=stand-in server", "-addext", f"subjectAltName={alternatives}"]
    subprocess.run([*signed, *subject, "-out", str(leaf)], check=True, capture_output=True)
    both.write_text(leaf.read_text() + authority.read_text())
    return both


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Tls:
    """`raw`: sends bytes of the wire. `ready`: after the handshake. `ended`: the client says no more."""

    def __init__(self, made: ssl.SSLContext, raw: Callable[[bytes], None]) -> None:
        self._in, self._out, self._raw = ssl.MemoryBIO(), ssl.MemoryBIO(), raw
        self._object = made.wrap_bio(self._in, self._out, server_side=True)
        self.ready = self.ended = False

    def hear(self, data: bytes) -> bytes:
        """What was said inside. Raises `ssl.SSLError` after an alert was sent."""
        self._in.write(data)
        try:
            return self._read()
        finally:
            self._flush()

    def send(self, data: bytes) -> None:
        self._object.write(data)
        self._flush()

    def _read(self) -> bytes:
        inside = b""
        try:
            if not self.ready:
                self._object.do_handshake()
                self.ready = True
            while piece := self._object.read(65536):
                inside += piece
            self.ended = True
        except ssl.SSLWantReadError:
            return inside
        except ssl.SSLZeroReturnError:
            self.ended = True
        return inside

    def _flush(self) -> None:
        if self._out.pending:
            self._raw(self._out.read())
