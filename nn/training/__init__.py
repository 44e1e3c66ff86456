"""The training loop, losses, evaluation and the history of a training."""
