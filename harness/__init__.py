"""failover-harness: chaos engineering for HAProxy/keepalived failover pairs."""

__version__ = "0.1.0"
