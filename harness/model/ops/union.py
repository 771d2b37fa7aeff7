"""All ops, as unions for msgspec and for type checkers. Each subject's file has its own; here they are only joined."""

from typing import get_args

from harness.model.ops.addresses import AddressOp
from harness.model.ops.adverts import AdvertOp
from harness.model.ops.base import require
from harness.model.ops.cards import CardOp
from harness.model.ops.features import FeatureOp
from harness.model.ops.files import FileOp
from harness.model.ops.floods import FloodOp
from harness.model.ops.frames import FrameOp
from harness.model.ops.haproxy import HaproxyOp
from harness.model.ops.neighbours import NeighbourOp
from harness.model.ops.processes import ProcessOp
from harness.model.ops.resources import ResourceOp
from harness.model.ops.rings import RingOp
from harness.model.ops.sql import SqlOp
from harness.model.ops.switches import SwitchOp
from harness.model.ops.toxics import ToxicOp

NetworkOp = FrameOp | CardOp | AdvertOp | AddressOp | NeighbourOp | SwitchOp | RingOp
ServiceOp = ProcessOp | ResourceOp | FileOp | HaproxyOp | SqlOp | FeatureOp | ToxicOp | FloodOp
AnyOp = NetworkOp | ServiceOp

for _op in get_args(AnyOp):
    require(_op)
