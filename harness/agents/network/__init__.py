"""The network agent: the whole layer 2 of a lab, in two processes.

`hand` wires, applies ops at deadlines and stamps them, with real-time priority while a deadline is pending; `eye`
observes at normal priority and may lose events, which it counts. They are separate because an instrument that
observes with real-time priority would starve the very pair that it watches.
"""
