"""July 22: token authentication, called with every request, reads 243,000 rows instead of 15. A genuine plan flip."""

from typing import ClassVar, Final, Literal, get_args

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import AnyOp, PinForm, Plan, SqlPin, SqlRoll, SqlSet, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration

Mode = Literal["roll", "by_itself", "pinned"]
_MODES: Final = get_args(Mode)
_FORMS: Final = get_args(PinForm)


class SlowQuery(Fault, frozen=True):
    """`target`: a database. Join two with ``&``: each server has statistics of its own.

    ``roll``: statistics are counted until the optimizer errs; each ANALYZE heals it with about 85 %.
    ``by_itself``: only the configuration under which it errs by itself, as soon as tokens are issued and reports
    requested. ``pinned``: it errs permanently; `form` says whether an ANALYZE heals (see `PinForm`).
    """

    example: ClassVar[str] = "db-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers=(
            "authentication takes a second and more; sessions pile up to the balancer's limit, and it looks like "
            "a flood"
        ),
    )

    target: str
    mode: Mode = "roll"
    form: PinForm = "innodb"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        return plan(self._ops(), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        how = f"{self.mode} ({self.form})" if self.mode == "pinned" else self.mode.replace("_", " ")
        return f"slow query on {self.target}, {how}, {held(self.duration)}"

    def _ops(self) -> tuple[AnyOp, ...]:
        match self.mode:
            case "roll":
                return (SqlRoll(self.target),)
            case "by_itself":
                return (
                    SqlSet(self.target, "innodb_stats_modified_counter", "30"),
                    SqlSet(self.target, "table_open_cache", "32"),
                )
            case "pinned" if self.form in _FORMS:
                return (SqlPin(self.target, self.form),)
            case "pinned":
                raise BadValue("form", self.form, f"one of {', '.join(_FORMS)}")
        raise BadValue("mode", self.mode, f"one of {', '.join(_MODES)}")
