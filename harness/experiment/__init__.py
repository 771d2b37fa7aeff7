"""What an experiment is written with: `for trial in trials: trial.step(name, action, watch=…)`."""

from harness.experiment.judge import StepResult
from harness.experiment.phases import phases
from harness.experiment.trial import Trial
from harness.experiment.trials import Trials

__all__ = ["StepResult", "Trial", "Trials", "phases"]
