"""A failover outside the lab, judged from packet captures: owners, caches, customers and timers as frames tell them.

Layers: bytes (`pcap`, `pcapng`, `read`) → packets (`packet`, `link`) → what one point saw (`sight`, `connection`,
`runs`) → all points on one clock (`clock`, `machine`, `scene`) → judgements (`tenure`, `ownership`, `announcement`,
`cache`, `service`, `timer`) → `judge`. Every judgement is one of what surely was, or says what was not captured.
"""

from harness.capture.haproxy_log import read_answers
from harness.capture.judge import judge
from harness.capture.judged import EXIT, Judged
from harness.capture.log import Logs, read_log
from harness.capture.stamp import zone_of

__all__ = ["EXIT", "Judged", "Logs", "judge", "read_answers", "read_log", "zone_of"]
