"""Whether training is compiled: asked for, or known to be the same as in Python."""

import math
from itertools import chain
from typing import Any

from autograd import TraceError, Value, backend, no_grad
from autograd.extend import debug_enabled, settings
from nn.modules.calling import over_batch, training_flags
from nn.modules.dataset import Rows
from nn.modules.module import Module
from nn.modules.rows import as_float
from nn.optim.optimizer import Optimizer
from nn.training.batches import Batches
from nn.training.compiled_trainer import CompiledTrainer
from nn.training.losses import LOSSES
from nn.training.rollback import BufferState
from nn.training.trainer import Trainer, require_loss

__all__ = ["compiled_trainer"]

# To compile a step on a whole mini-batch, each of its rows traced, takes as long as 60 steps or so.
STEPS_WORTH_IT = 100
# How many parameters times rows it may have: so many take some 300 MB.
LARGEST_WHOLE = 1_000_000


def compiled_trainer(
    trainer: Trainer, rows: Rows, batches: Batches, epochs: int, compiled: bool | str
) -> Trainer:
    """Return a trainer that runs below Python where that is asked for, or known to be the same.

    Without the accelerator, and in `debug()`, which looks at every operation, none does.

    Args:
        trainer: the one that runs in Python.
        rows: the rows to train on.
        batches: how they will be dealt.
        epochs: how often.
        compiled: True, False or "auto".

    Raises:
        ValueError: for anything else, or when compiled=True and the clipping is a function.
        TraceError: when compiled=True and the model, loss or optimizer cannot be compiled.
    """
    if not isinstance(compiled, str) or compiled != "auto":
        compiled = settings.flag(compiled, 'expected compiled to be True, False or "auto"')
    known = all_ours(trainer)
    wanted = compiled is True or (known and is_worth_it(trainer, batches, epochs))
    if not (compiled and wanted and epochs) or backend == "python" or debug_enabled():
        return trainer
    try:
        require_compilable(trainer, rows)
        return CompiledTrainer.of(trainer, rows, batches, known)
    except (TraceError, TypeError, ValueError) as error:
        if compiled is True:
            some = range(batches.first if isinstance(error, TraceError) else batches.count)
            require_losses_in_python(trainer, rows.pick(some), batches.first)
            raise
        return trainer  # which says what is wrong, if anything is


def require_losses_in_python(trainer: Trainer, rows: Rows, size: int) -> None:
    """Raise what Python would, where a loss of these rows cannot be computed there either."""
    state = BufferState(trainer.model.buffers(), trainer.optimizer)
    with training_flags(trainer.model):
        trainer.model.train()
        try:
            for start in range(0, len(rows.inputs), size):
                inputs, targets = (x[start : start + size] for x in rows)
                loss = trainer.loss(over_batch(trainer.model, inputs), list(targets))
                if not isinstance(loss, Value):
                    require_loss(loss)
        finally:
            state.roll_back()


def is_worth_it(trainer: Trainer, batches: Batches, epochs: int) -> bool:
    """Whether compiling pays: always, where a trace of one row is enough."""
    size = len(trainer.optimizer.parameters) * batches.first
    steps = batches.steps * epochs
    return not trainer.on_batch or (steps >= STEPS_WORTH_IT and size <= LARGEST_WHOLE)


def all_ours(trainer: Trainer) -> bool:
    """Whether model, loss and optimizer are ones of this package that a trace tells all about."""
    modules = trainer.model.modules()
    return (
        trainer.loss in LOSSES.values()
        and is_ours(type(trainer.optimizer))
        and all(is_ours(type(m)) and m.compiles and all_functions_ours(m) for m in modules)
    )


def all_functions_ours(module: Module) -> bool:
    """Whether the functions among a module's attributes are this package's."""
    held = [x if isinstance(x, list | tuple) else (x,) for x in vars(module).values()]
    functions = [x for x in chain.from_iterable(held) if callable(x) and not isinstance(x, Module)]
    return all(map(is_ours, functions))


def is_ours(x: Any) -> bool:
    return str(getattr(x, "__module__", "")).split(".")[0] in ("nn", "autograd")


def require_compilable(trainer: Trainer, rows: Rows) -> None:
    """Raise ValueError for a clipping, an optimizer or a loss that has to run in Python."""
    if callable(trainer.clip):
        raise ValueError("expected clip to be a number where fit is compiled, got a function")
    if type(trainer.optimizer).step is not Optimizer.step:
        raise ValueError("expected fit not to be compiled for an optimizer with its own step")
    if not (trainer.on_batch or trainer.loss in LOSSES.values() or len(rows.inputs) < 2):
        require_mean(trainer, rows.pick((0, 1)))


def require_mean(trainer: Trainer, rows: Rows) -> None:
    """Raise ValueError unless the loss of two rows is the mean of their losses."""
    with training_flags(trainer.model), no_grad():
        trainer.model.eval()
        predictions, targets = [trainer.model(x) for x in rows.inputs], list(rows.targets)
        both = as_float(trainer.loss(predictions, targets))
        pairs = zip(predictions, targets, strict=True)
        each = [as_float(trainer.loss([p], [t])) for p, t in pairs]
    if not math.isclose(both, sum(each) / 2.0, rel_tol=1e-9, abs_tol=1e-12):
        raise ValueError(
            f"expected a loss that is the mean of its rows' losses, for fit to be compiled: got "
            f"{both!r} for two rows of {each[0]!r} and {each[1]!r}"
        )
