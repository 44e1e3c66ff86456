"""Early stopping: the weights of the best epoch, and when to give up on a better one."""

from dataclasses import dataclass

from autograd.extend import settings
from nn.modules.module import Module
from nn.training.history import History

__all__ = ["EarlyStopping"]


@dataclass
class EarlyStopping:
    """Keeps the weights of the best epoch, and says when none was better for too long.

    Args:
        model: whose weights.
        patience: after how many epochs without a better loss to stop; None for never.

    Raises:
        ValueError: when patience is no integer of at least 1.
    """

    model: Module
    patience: int | None
    best: dict[str, float] | None = None

    def __post_init__(self) -> None:
        if self.patience is not None:
            expected = "expected early_stopping ≥ 1 epochs or None"
            self.patience = settings.whole(self.patience, expected, 1)

    def done(self, history: History) -> bool:
        """Whether to stop after the last epoch in the history."""
        if self.patience is None:
            return False
        if history.best_epoch == history.epochs[-1]:
            self.best = self.model.state_dict()
        return history.epochs[-1] - (history.best_epoch or 0) >= self.patience

    def restore(self) -> None:
        """Put the best weights back."""
        if self.best is not None:
            self.model.load_state_dict(self.best)
