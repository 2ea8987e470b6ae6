"""The stock Trainer, publishing as `tner_hf.push_model` does: compared first, the same card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import datasets
from transformers import Trainer
from transformers.trainer_utils import HubStrategy

from tner_hf.files import write_file
from tner_hf.runs import Run
from tner_hf.training.describing import describe_settings, list_versions
from tner_hf.training.gold_windows import GoldWindows

#: On the card of a state that is pushed while the training goes on.
IN_PROGRESS = (
    "**This is a state of a training in progress. Whether plain transformers gives what was scored "
    "was not compared.**"
)


class PushingTrainer(Trainer):
    """A Trainer whose `push_to_hub` is `tner_hf.push_model`.

    What is pushed is compared first with what plain transformers gives, has the card of
    `tner-hf card`, and only what changed is sent. States of a training in progress, which every
    `hub_strategy` but `end` pushes as well, are not compared; their card says so.
    """

    def init_hf_repo(self, token: str | None = None, private: bool | None = None) -> None:
        """As in Trainer; what the Hub refuses is told with the next step."""
        from tner_hf.publishing.hub.faults import hub_errors

        name = self.args.hub_model_id or Path(str(self.args.output_dir)).absolute().name
        with hub_errors(name, token or self.args.hub_token):
            super().init_hf_repo(token, private)

    def create_model_card(self, *args: Any, notes: Sequence[str] = (), **kwargs: Any) -> None:
        """Write the README.md of `tner-hf card` to the output folder.

        Arguments are as in Trainer, and `notes` for its limits; tasks and datasets are those that
        the run's files name.
        """
        if not self.is_world_process_zero():
            return
        from tner_hf.publishing.cards import render_model_card

        told = self._tell_card(*args, **kwargs)
        folder = Path(str(self.args.output_dir))
        text = render_model_card(folder, repo_id=self.hub_model_id, notes=notes, **told)
        write_file(folder / "README.md", text)

    def push_to_hub(
        self,
        commit_message: str | None = "End of training",
        blocking: bool = True,
        token: str | None = None,
        revision: str | None = None,
        private: bool | None = None,
        *,
        force: bool = False,
        predictions_file: str | Path | None = None,
        sentences: Sequence[Sequence[str]] | None = None,
        **card: Any,
    ) -> Any:
        """Save the model and publish it as `tner_hf.push_model` does.

        Args:
            commit_message: of the one commit.
            blocking: wait until it is there; otherwise a Future is returned.
            token: of the Hub; that of the arguments, `hf auth login` or HF_TOKEN where not given.
            revision: a branch; created where it is missing.
            private: make a new repository private.
            force: publish although plain transformers gives something else than was scored.
            predictions_file: sentences for the comparison, from `tner-hf evaluate`.
            sentences: the same as lists of words. Without either those of the run's test set, or
                of the evaluation dataset.
            **card: `language`, `license`, `tags`, `model_name` and `finetuned_from`, as in Trainer.

        Returns:
            `tner_hf.publishing.hub.Pushed`, or a Future of it; None in all processes but the first.

        Raises:
            HubError: the comparison found differences, or the Hub did not take it.
            SettingError: there are no sentences to compare on.
        """
        self.callback_handler.on_push_begin(self.args, self.state, self.control)
        token = token or self.args.hub_token
        name = self.hub_model_id or self.args.hub_model_id or ""
        if "/" not in name:  # only the Hub knows the account
            self.init_hf_repo(token=token, private=private)
            name = str(self.hub_model_id)
        self.save_model(_internal_call=True)
        if not self.is_world_process_zero():
            return None
        from huggingface_hub import HfApi

        from tner_hf.publishing.hub import push_model

        self._finish_current_push()
        push = partial(
            push_model,
            str(self.args.output_dir),
            name,
            private=self.args.hub_private_repo if private is None else private,
            revision=revision or self.args.hub_revision,
            commit_message=commit_message,
            token=token,
            force=force,
            predictions_file=predictions_file,
            sentences=_find_sentences(self.eval_dataset) if sentences is None else sentences,
            **self._tell_card(**card),
        )
        return push() if blocking else HfApi().run_as_future(push)

    def _push_from_checkpoint(self, checkpoint_folder: str) -> None:
        if self.args.hub_strategy != HubStrategy.END:
            self.create_model_card(notes=[IN_PROGRESS])
        super()._push_from_checkpoint(checkpoint_folder)

    def _tell_card(
        self,
        language: str | Sequence[str] | None = None,
        license: str | None = None,  # noqa: A002 — Trainer's word
        tags: str | Sequence[str] | None = None,
        model_name: str | None = None,
        finetuned_from: str | None = None,
        *_args: Any,
        **_kwargs: Any,
    ) -> dict[str, Any]:
        """What Trainer is told for a card, and what it knows, in the words of `collect_facts`."""
        model = self.accelerator.unwrap_model(self.model)
        return {
            "name": model_name,
            "license": license,
            "languages": _listed(language),
            "tags": _listed(tags),
            "base_model": finetuned_from,
            "config": {**model.config.to_dict(), "architectures": [type(model).__name__]},
            "run": Run(
                model={"model_name_or_path": model.name_or_path},
                training=describe_settings(self.args),
                versions=list_versions(),
            ),
        }


def _find_sentences(dataset: Any) -> Sequence[Sequence[str]] | None:
    """The words of an evaluation dataset that has them."""
    if isinstance(dataset, GoldWindows):
        return dataset.tokens
    if isinstance(dataset, datasets.Dataset) and "tokens" in dataset.column_names:
        return list(dataset.with_format(None)["tokens"])
    return None


def _listed(given: str | Sequence[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())
