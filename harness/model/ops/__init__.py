"""Ops: the primitives that agents apply, as data. One file is one subject.

A *held* op (Drop, LinkDown, Signal…) has an inverse that the agent knows; it is held until its end, or until undone.
An *act* (FlushNeighbours, Announce…) happens once at its begin and has no inverse.

Every op states the facts of `harness.model.ops.base.Op`. All names that a file of this folder defines are names of this
package: an op that is added to a file needs no line here.
"""

# ruff: noqa: F403 - a list of names is what every new op would have to be added to
from harness.model.ops.addresses import *
from harness.model.ops.adverts import *
from harness.model.ops.base import *
from harness.model.ops.cards import *
from harness.model.ops.features import *
from harness.model.ops.files import *
from harness.model.ops.floods import *
from harness.model.ops.frames import *
from harness.model.ops.haproxy import *
from harness.model.ops.neighbours import *
from harness.model.ops.plans import *
from harness.model.ops.processes import *
from harness.model.ops.resources import *
from harness.model.ops.rings import *
from harness.model.ops.sql import *
from harness.model.ops.switches import *
from harness.model.ops.toxics import *
from harness.model.ops.union import *
