"""What `probe` of pair.toml asks."""

from urllib.parse import urlsplit


def asked(url: str) -> tuple[str, int]:
    """(host, port); ("", 0) for what is no URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return "", 0
