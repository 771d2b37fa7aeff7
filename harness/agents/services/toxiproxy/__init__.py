"""Toxiproxy in a node: the ops on its links."""
