"""Does `harness judge` agree with a run? Runs an experiment on a lab that is up while its cables are captured.

    python scripts/judge_runs.py --lab LAB EXPERIMENT TESTS TRIALS [EXPERIMENT TESTS TRIALS …]
    python scripts/judge_runs.py --again FOLDER        judges what an earlier call kept, after a change

Each step of each valid trial is judged from its frames alone, at the balancers and at the devices with caches, each on
a clock of its own. Prints one line for each step, and the findings that contradict the run's: *holds* against
*violated*. Exit status 1 if there is one. Keeps the captures, and the run's findings, in runs/judge/.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import docker
import msgspec

from harness.capture import judge
from harness.capture.judged import Judged
from harness.history import store
from harness.lab.exec import find_container
from harness.model.outcome import Finding
from harness.model.topology import Topology
from scripts import capture_cables

KEPT: Final = Path("runs/judge")
_OPPOSITE: Final = {("holds", "violated"), ("violated", "holds")}
_SAME_AS: Final = {"not applicable": "holds"}  # nothing to judge: no contradiction to a check that holds


class Step(msgspec.Struct, frozen=True):
    """One captured step, beside its captures: what the run's own evidence says."""

    name: str
    places: dict[str, str]  # file → node
    nodes: dict[str, str]  # node → IP address
    findings: tuple[Finding, ...]


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--again"]:
        return report([Path(path).parent for path in sorted(Path(arguments[1]).rglob("step.json"))])
    _, lab, *rest = arguments
    folders: list[Path] = []
    for experiment, tests, trials in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        folders += list(record(lab, experiment, tests, trials))
    return report(folders)


def record(lab: str, experiment: str, tests: str, trials: str) -> Iterator[Path]:
    """Runs it while the cables are captured; one folder for each step of each valid trial."""
    with tempfile.TemporaryDirectory() as scratch:
        spool = Path(scratch) / "frames"
        topology = Topology.from_compose(_compose())
        devices = watched(topology)
        container = find_container(docker.from_env(), lab, "network-agent").name
        process = capture_cables.start(str(container), devices.values(), spool)
        try:
            while not spool.exists() or not spool.stat().st_size:
                if process.poll() is not None:
                    raise SystemExit("The capture did not begin.")
                time.sleep(0.05)
            before = set(Path("runs").glob("*"))
            argv = [sys.executable, "-m", "harness", "run", experiment, "--only", tests, "--trials", trials]
            subprocess.run([*argv, "--lab", lab, "--probe-rate", "40"], check=False)
        finally:
            process.kill()
        for run in sorted(set(Path("runs").glob("*")) - before):
            if store.outcome_path(run).exists():
                yield from cut(run, spool, devices)


def cut(run: Path, spool: Path, devices: dict[str, str]) -> Iterator[Path]:
    """The captures of each step of the run."""
    frames, header = list(capture_cables.read(spool)), store.read_header(run)
    history, outcome = store.load(run), store.read_outcome(run)
    numbers = {trial: i for i, trial in enumerate(dict.fromkeys(trial for trial, _ in history.steps))}
    trials = [(test, trial) for test in outcome.tests for trial in test.trials if trial.steps]
    for number, name in history.steps:
        test, trial = trials[numbers[number]]
        found = next((step for step in trial.steps if step.name == name), None)
        if not trial.valid or found is None:
            continue
        step = history.step(number, name)
        begin, end = step.began_ns + header.wall_minus_mono_ns, step.ends_ns + header.wall_minus_mono_ns
        folder = KEPT / run.name / f"{number}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        for i, (device, clock) in enumerate(capture_cables.clocks(devices).items()):
            own = (each for each in frames if each.device == i and begin <= each.t < end)
            capture_cables.write(folder / f"{device}.pcap", own, clock)
        routers = history.topology.virtual_routers.values()
        nodes = {node: history.topology.node(node).port(r.segment).address for r in routers for node in r.nodes}
        places = {f"{node}.pcap": node for node in nodes}
        kept = Step(f"{test.name} {number} {name}", places, nodes, found.checks)
        (folder / "step.json").write_bytes(msgspec.json.encode(kept))
        yield folder


def report(folders: Sequence[Path]) -> int:
    """Prints a line for each step; 1 if there is a contradiction, or nothing to compare."""
    counts: Counter[str] = Counter()
    for folder in folders:
        step = msgspec.json.decode((folder / "step.json").read_bytes(), type=Step)
        judged = judge(sorted(folder.glob("*.pcap")), "", step.places, step.nodes)
        counts += compared(folder, step, judged)
    print(f"{len(folders)} steps: {', '.join(f'{count} {word}' for word, count in sorted(counts.items()))}")
    return 1 if counts["contradicted"] or not counts["agreed"] else 0


def compared(folder: Path, step: Step, judged: Judged) -> Counter[str]:
    own = {finding.name: finding for vip in judged.vips for finding in vip.checks}
    counts: Counter[str] = Counter()
    for theirs in step.findings:
        mine = own[theirs.name]
        pair = (_SAME_AS.get(mine.verdict, mine.verdict), _SAME_AS.get(theirs.verdict, theirs.verdict))
        word = "agreed" if pair[0] == pair[1] else "contradicted" if pair in _OPPOSITE else "not compared"
        word = "undecided by frames" if mine.inconclusive else word
        counts[word] += 1
        if word == "contradicted":
            print(f"CONTRADICTED {folder}: {theirs.name}\n  run: {theirs.verdict}: {theirs.sentence}")
            print(f"  judge: {mine.verdict}: {mine.sentence}")
    violated = ", ".join(name for name, finding in own.items() if finding.violated)
    print(f"{step.name}: {dict(counts)}; violated: {violated or 'none'}")
    return counts


def watched(topology: Topology) -> dict[str, str]:
    """Device → the switch's end of its cable, on routers' segments: of balancers, and of devices with caches."""
    segments = {router.segment for router in topology.virtual_routers.values()}
    wanted = {node for router in topology.virtual_routers.values() for node in router.nodes}
    wanted |= {cache.device for cache in topology.caches.values()}
    ports = [port for port in topology.ports.values() if port.segment in segments and port.node in wanted]
    return {port.node: port.tap for port in ports}


def _compose() -> dict[str, object]:
    import yaml  # noqa: PLC0415 - only here

    with contextlib.closing(Path("compose/compose.yaml").open()) as text:
        document: dict[str, object] = yaml.safe_load(text)
    return document


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
