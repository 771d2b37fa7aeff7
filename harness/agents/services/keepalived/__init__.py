"""keepalived in a node: its own reports, as it writes them and on request."""
