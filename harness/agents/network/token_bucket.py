"""A token bucket (tbf) with a burst and a queue that fit its rate, and whether the kernel has any."""

from typing import Final

from harness.agents.network.netlink import NETLINK_ROUTE, Netlink, no_token_bucket, token_bucket

LEAST_BURST: Final = 16_384  # bytes: TCP's first ten segments. A longer burst would let short transfers pass untouched
BURST_S: Final = 0.01
QUEUE_S: Final = 0.1  # as a switch's buffer; what does not fit is dropped
_LOOPBACK: Final = 1  # its index in every namespace


def refusal() -> str:
    """Why this kernel cannot limit a rate; empty if it can."""
    netlink = Netlink(NETLINK_ROUTE)
    try:
        netlink.request(bucket(_LOOPBACK, 1_000_000))
        netlink.request(no_token_bucket(_LOOPBACK))
    except OSError as error:
        return error.strerror or str(error)
    finally:
        netlink.close()
    return ""


def bucket(index: int, bits_per_s: int) -> bytes:
    """The message that limits this device, with a burst and a queue that fit the rate."""
    bytes_per_s = bits_per_s // 8
    burst = max(LEAST_BURST, round(bytes_per_s * BURST_S))
    return token_bucket(index, bytes_per_s, burst, burst + round(bytes_per_s * QUEUE_S))
