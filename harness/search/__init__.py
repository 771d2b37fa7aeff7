"""Finds what breaks a pair: schedules of small faults, tried on the model, shrunk, and told by mechanism.

`words` are the faults that the model knows, `pair` runs a schedule, `searching` tries many, `shrink` makes a hit as
small as it gets, `boundary` says for which durations and phases it hurts, `remedy` which one setting ends it.
`foresee` draws blips at random instead, and says how likely they hurt.
"""
