"""The network agent: the whole layer 2 of a lab, in two processes.

`hand` wires, applies ops at deadlines and stamps them, with real-time priority while a deadline is pending. `eye`
observes at normal priority; it may lose events, and counts them. They are separate because an observer with real-time
priority would starve the pair that it watches.
"""
