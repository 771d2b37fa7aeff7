"""keepalived in a node: what it reports itself, followed and asked for."""
