"""Stand-ins of the packages that are in the agents' images alone: their modules can be imported, and send nothing.

They stay for good. If they came and went with each test module, a module of the agents would be imported more than
once, and an object of one import is no instance of the class of another.
"""

import sys
from types import ModuleType
from typing import Final

NAMES: Final = (
    "pymysql",
    "pymysql.constants",
    "pyroute2",
    "pyroute2.iproute.linux",
    "pyroute2.netlink",
    "pyroute2.netlink.exceptions",
)


def stand_in() -> None:
    """To be called before the first import of a module of the agents."""
    modules = {name: ModuleType(name) for name in NAMES}
    vars(modules["pymysql.constants"])["CLIENT"] = None
    vars(modules["pyroute2.iproute.linux"])["IPRoute"] = object
    vars(modules["pyroute2.netlink.exceptions"])["NetlinkError"] = OSError
    sys.modules.update(modules)
