"""What a database does, and what its optimizer chooses."""

from harness.model.events.base import Event


class DatabaseSample(Event, frozen=True, tag="database"):
    """MariaDB at one instant. Counters are totals since its start.

    `plan`: the index that EXPLAIN names for token authentication (empty while the table is locked), `plan_rows` its
    estimate. `running` token authentications, the longest for `longest_ms`. `read_next`: Handler_read_next, the rows
    read along an index: 7 to 28 for an authentication under the right plan, 243,001 under the wrong one. `read_key` and
    `read_rnd_next`: Handler_read_key, rows found by a key, and Handler_read_rnd_next, rows of whole tables.
    """

    node: str
    plan: str
    plan_rows: int
    running: int
    longest_ms: int
    read_next: int
    opened_tables: int
    analyses: int  # Com_analyze
    connections: int
    read_only: bool
    read_key: int = 0
    read_rnd_next: int = 0
    threads_running: int = 0  # all of them, the sampler's own included


class StatisticsCounted(Event, frozen=True, tag="statistics"):
    """An agent counted a table's statistics anew, `rolls` times; the optimizer then chose `plan`."""

    node: str
    rolls: int
    plan: str


DatabaseEvent = DatabaseSample | StatisticsCounted
