"""One process that stands for every server behind a site's balancers: health checks succeed, traffic is answered.

It runs in the lab's node of the kind `servers`, with nothing but Python's standard library. What is to be answered
where, comes as JSON (harness/site/stand_in.py has its shape).
"""
