"""Everything that agents observe or do, one struct per kind, `t` in ns on CLOCK_MONOTONIC.

JSON Lines on the wire and on disk: ``{"event": "arp", "t": …}``. Unknown kinds are counted and skipped on reading.
Ports are named NODE.SEGMENT or TRUNK.a / TRUNK.b. `inward` = the frame enters the switch from the cable.

One file is one subject. All names that a file of this folder defines are names of this package.
"""

# ruff: noqa: F403 - a list of names is what every new event would have to be added to
from harness.model.events.agents import *
from harness.model.events.base import *
from harness.model.events.databases import *
from harness.model.events.floods import *
from harness.model.events.frames import *
from harness.model.events.haproxy import *
from harness.model.events.network import *
from harness.model.events.plans import *
from harness.model.events.switches import *
from harness.model.events.union import *
from harness.model.events.vrrp import *
