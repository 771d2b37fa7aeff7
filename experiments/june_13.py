"""What the experiments of June 13 share."""

from harness.experiment import StepResult


def only_owner(step: StepResult) -> str:
    """The node that has the external VIP when the step ends. None or two is the worst result of all."""
    owners = step.history.tables.owners_at(step.history.topology.virtual_router().first, step.step.ends_ns)
    assert len(owners) == 1, f"the external VIP has {len(owners)} owners when the step ends: {', '.join(owners) or '–'}"
    return owners[0]
