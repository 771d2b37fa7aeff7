"""Many trials as one piece of work: over one or more labs, over machines by shards, killed and resumed.

A campaign is a `Plan` of jobs; each job is one trial in a process of its own. Results are lines of an append-only file;
everything that is told (`table`, `question`) is a function of plan and results, so that a campaign which was killed
and resumed, or was made of shards, tells the same as one that ran through.
"""
