"""HAProxy in a node: its runtime API, samples of its figures, and the ops on it."""
