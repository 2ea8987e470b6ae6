"""The rows of an embedding table that a corpus uses, trained without the others.

Most of a multilingual encoder's parameters are its table of sub-tokens (192 of XLM-R base's 278
million), and a corpus has a tenth of them. The other rows get a gradient of zero in every step, and
stay as they are; but the gradient is filled with zeros, clipped and read by AdamW all the same,
which costs more than the layers where batches are small. Here only the used rows are a parameter.
Scores, checkpoints and the model afterwards have the whole table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers.training_args import OptimizerNames

if TYPE_CHECKING:
    from datasets import Dataset
    from torch.optim import Optimizer
    from transformers import PreTrainedModel

#: Optimizers that leave a row alone whose gradient is zero in every step, without weight decay.
ROW_BY_ROW = frozenset(
    {OptimizerNames.ADAMW_TORCH, OptimizerNames.ADAMW_TORCH_FUSED, OptimizerNames.SGD}
)

#: How many rows of a training split are looked through at a time.
_ROWS_AT_A_TIME = 100_000


class UsedRows(nn.Embedding):
    """An embedding table of which some rows are trained; in evaluation mode the whole table.

    `state_dict` and `load_state_dict` know the whole table too, under the name that it had. It is
    no buffer: DDP would send it around in each step.

    Args:
        table: what it stands for; `fill_table` writes the trained rows into its weight.
        rows: the rows to train, ascending, shape [n_used].
    """

    def __init__(self, table: nn.Embedding, rows: Tensor) -> None:
        nn.Module.__init__(self)
        self._table = (table,)  # no module within this one
        self.num_embeddings, self.embedding_dim = table.num_embeddings, table.embedding_dim
        self.max_norm, self.norm_type = None, table.norm_type
        self.scale_grad_by_freq, self.sparse = False, False
        self.rows = rows.to(table.weight.device)
        self.whole = table.weight.detach()  # the same memory, and no parameter of this module
        self.weight = nn.Parameter(table.weight.detach()[self.rows])
        # An id that no row of the corpus has must not be taken for another's.
        self.places = torch.full((table.num_embeddings,), len(rows), device=self.rows.device)
        self.places[self.rows] = torch.arange(len(rows), device=self.rows.device)
        self.padding_idx = table.padding_idx
        padding = None if table.padding_idx is None else int(self.places[table.padding_idx])
        self._padding_place = None if padding == len(rows) else padding
        self.changed = False

    @property
    def table(self) -> nn.Embedding:
        """What it stands for."""
        return self._table[0]

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 — as in nn.Embedding
        """Shape [..., embedding_dim] for ids of any shape."""
        if self.training:
            places = self.places[input]
            return nn.functional.embedding(places, self.weight, self._padding_place)
        return nn.functional.embedding(input, self.fill_table())

    def fill_table(self) -> Tensor:
        """The whole table with the rows as they are trained so far."""
        if self.changed:
            with torch.no_grad():
                self.whole[self.rows] = self.weight.detach()
            self.changed = False
        return self.whole

    def widen(self, values: Tensor) -> Tensor:
        """Values for the trained rows as values for all rows: zero for the others."""
        whole = values.new_zeros(self.whole.shape)
        whole[self.rows.to(values.device)] = values
        return whole

    def narrow(self, values: Tensor) -> Tensor:
        """The inverse of `widen`."""
        return values[self.rows.to(values.device)]

    def train(self, mode: bool = True) -> UsedRows:
        """As in every module; who trains changes the rows."""
        self.changed = self.changed or mode
        super().train(mode)
        return self

    def _apply(self, fn: Any, recurse: bool = True) -> UsedRows:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.whole, self.rows, self.places = fn(self.whole), fn(self.rows), fn(self.places)
        return self

    def _save_to_state_dict(self, destination: Any, prefix: str, *_: Any) -> None:
        destination[f"{prefix}weight"] = self.fill_table()

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *reports: Any) -> None:
        missing, _, errors = reports[-3:]
        name = f"{prefix}weight"
        given = state_dict.get(name)
        if given is not None and given.shape == self.whole.shape:
            with torch.no_grad():
                self.whole.copy_(given)
                self.weight.copy_(self.whole[self.rows])
            self.changed = False
        else:
            missing.append(name) if given is None else errors.append(
                f"{name} has shape {tuple(given.shape)}, not {tuple(self.whole.shape)}"
            )


class UsedRowsOptimizer:
    """Lets an optimizer of `UsedRows` save and load states as if it had the whole table.

    A checkpoint can then be resumed by the stock Trainer, and the other way round.

    Args:
        optimizer: has the weight of `embedding` among its parameters.
        embedding: of the model that it steps.
    """

    def __init__(self, optimizer: Optimizer, embedding: UsedRows) -> None:
        self._optimizer, self._embedding = optimizer, embedding
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self._index = [p is embedding.weight for p in parameters].index(True)
        self._hooks = (
            optimizer.register_state_dict_post_hook(self._after_saving),
            optimizer.register_load_state_dict_pre_hook(self._before_loading),
            optimizer.register_step_post_hook(self._after_step),
        )

    def hand_back(self) -> None:
        """Give the optimizer the whole table, with the states of its trained rows."""
        state = self._optimizer.state_dict()
        for hook in self._hooks:
            hook.remove()
        used, whole = self._embedding.weight, self._embedding.table.weight
        for group in self._optimizer.param_groups:
            group["params"] = [whole if p is used else p for p in group["params"]]
        self._optimizer.load_state_dict(state)

    def _after_step(self, *_: Any) -> None:
        self._embedding.changed = True

    def _after_saving(self, _optimizer: Optimizer, state: dict[str, Any]) -> dict[str, Any]:
        return self._convert(state, self._embedding.weight.shape, self._embedding.widen)

    def _before_loading(self, _optimizer: Optimizer, state: dict[str, Any]) -> dict[str, Any]:
        return self._convert(state, self._embedding.whole.shape, self._embedding.narrow)

    def _convert(self, state: dict[str, Any], shape: torch.Size, change: Any) -> dict[str, Any]:
        own = state["state"].get(self._index)
        if own is None:
            return state
        changed = {
            name: change(value) if isinstance(value, Tensor) and value.shape == shape else value
            for name, value in own.items()
        }
        return {**state, "state": {**state["state"], self._index: changed}}


@contextmanager
def train_used_rows(model: PreTrainedModel, ids: NDArray[np.int64]) -> Iterator[UsedRows | None]:
    """Let a model train only these rows of its embedding table as long as the block lasts.

    Args:
        model: its table of sub-tokens is replaced by `UsedRows`, and put back in the end.
        ids: ascending, of all sub-tokens that training batches can have, shape [n_used].

    Yields:
        What stands for the table; None where it stays: it is not trained, has another kind of
        lookup, is the output layer as well, or the corpus uses most of it.
    """
    table: Any = model.get_input_embeddings()
    if not _is_plain(model, table) or not _is_worth_it(table, ids):
        yield None
        return
    used = UsedRows(table, torch.from_numpy(ids))
    used.train(table.training)
    _replace(model, table, used)
    try:
        yield used
    finally:
        table.weight.data = used.fill_table()
        _replace(model, used, table)


def list_used_ids(rows: Dataset, special: Sequence[int]) -> NDArray[np.int64]:
    """Ids of all sub-tokens in a training split and the tokenizer's own, ascending."""
    found = np.unique(np.asarray(special, np.int64))
    columns = rows.select_columns("input_ids").with_format("arrow")
    for batch in columns.iter(batch_size=_ROWS_AT_A_TIME):
        ids = batch["input_ids"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        found = np.union1d(found, np.flatnonzero(np.bincount(ids)))  # no sorting of all ids
    return found


def _is_plain(model: PreTrainedModel, table: Any) -> bool:
    """Whether a table is an `nn.Embedding`, with nothing to it but its rows."""
    return (
        type(table) is nn.Embedding
        and table.weight.requires_grad
        and table.max_norm is None
        and not table.sparse
        and not table.scale_grad_by_freq
        and sum(p is table.weight for _, p in model.named_parameters(remove_duplicate=False)) == 1
    )


def _is_worth_it(table: nn.Embedding, ids: NDArray[np.int64]) -> bool:
    return 2 * len(ids) <= table.num_embeddings and int(ids[-1]) < table.num_embeddings


def _replace(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    for parent in model.modules():
        for name, child in parent.named_children():
            if child is old:
                setattr(parent, name, new)
