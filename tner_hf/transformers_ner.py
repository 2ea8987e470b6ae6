"""`TrainTransformersNER`: the interface of the T-NER paper, on the Trainer of today.

The paper's class took scikit-learn's manner for its model, and it is an estimator of scikit-learn
as well: `fit`, `score`, `get_params` and `set_params`, so that `clone`, `cross_val_score` and
`GridSearchCV` take it.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Self

from tner_hf.errors import DataError, SettingError, UnknownNameError

if TYPE_CHECKING:
    from datasets import Dataset

    from tner_hf.inference.pipelines.ner import NERPipeline
    from tner_hf.lab.evaluation import Evaluation
    from tner_hf.training.result import TrainResult

#: T-NER's name of a setting (any edition) to ours.
OLD_NAMES = {
    "batch_size": "per_device_train_batch_size",
    "epoch": "num_train_epochs",
    "fp16": "fp16",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "lower_case": "lowercase",
    "lr": "learning_rate",
    "lr_warmup_step_ratio": "warmup_steps",
    "max_grad_norm": "max_grad_norm",
    "max_seq_length": "max_length",
    "random_seed": "seed",
    "total_step": "max_steps",
    "warmup_step": "warmup_steps",
}


class TrainTransformersNER:
    """A model to fine-tune, test and use, or a checkpoint to test and use.

    Args:
        dataset: what to train on: a corpus, several (merged on the unified types), or anything else
            that `tner_hf.load_dataset` takes. Without `transformer`: a checkpoint, as a folder or
            Hub id.
        transformer: the pretrained encoder, as a folder or Hub id.
        checkpoint_dir: where the checkpoint is saved, or lies; `ckpt/<transformer>-<dataset>` where
            not given.
        **settings: any field of `ModelArguments`, `DataArguments` and `NERTrainingArguments`, or
            T-NER's own name for it: `batch_size`, `epoch`, `lr`, `random_seed`, `total_step`,
            `warmup_step`, `max_seq_length`, `lower_case` and so on.

    Raises:
        UnknownNameError: a setting that nobody knows.
        SettingError: there is nothing to train, or a setting cannot be used.

    The paper's own example (README.md has one that the tests run)::

        model = TrainTransformersNER(["ontonotes5", "wnut2017"], "roberta-base")
        model.train()
        model.test("conll2003")
    """

    def __init__(
        self,
        dataset: Any = None,
        transformer: str | Path | None = None,
        *,
        checkpoint_dir: str | Path | None = None,
        **settings: Any,
    ) -> None:
        self._given = {
            "dataset": dataset, "transformer": transformer, "checkpoint_dir": checkpoint_dir,
            **settings,
        }  # fmt: skip
        self.transformer = None if transformer is None else str(transformer)
        self.dataset = dataset if transformer is not None else None
        self._settings = _rename(settings)
        self._pipeline: NERPipeline | None = None
        if transformer is not None:
            name = f"{Path(str(transformer)).name}-{_slug(dataset)}"
            place = checkpoint_dir or ("" if dataset is None else Path("ckpt") / name)
            self.checkpoint = str(place)  # "" until `fit` has made one
            return
        if settings:
            raise SettingError(
                f"{', '.join(settings)}: settings of a training, but no transformer= to train"
            )
        given = [str(each) for each in (dataset, checkpoint_dir) if each is not None]
        if len(given) != 1 or (dataset is not None and not isinstance(dataset, str | Path)):
            raise _explain(dataset)
        self.checkpoint = given[0]
        _refuse_corpus(self.checkpoint)

    def train(self) -> TrainResult:
        """Train to the end, score, and save everything in `checkpoint`; resumes what was begun.

        Raises:
            SettingError: this was made of a finished checkpoint, or there is nothing to train on.
        """
        return self._train()

    def fit(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> Self:  # noqa: N803
        """Train on sentences, as scikit-learn asks for it; a second call begins anew.

        Without `checkpoint_dir` the checkpoint is in a temporary folder, and gone with this.

        Args:
            X: sentences, each a list of words.
            y: the tags of each, such as `B-PER` and `O`.

        Raises:
            SettingError: `dataset` is given as well.
            DataError: words and tags do not go together.
        """
        if self.dataset is not None:
            raise SettingError("fit(X, y) trains on X; leave dataset= out, or call train()")
        if not self._given["checkpoint_dir"]:
            self.checkpoint = mkdtemp(prefix="tner_hf-")
            weakref.finalize(self, shutil.rmtree, self.checkpoint, ignore_errors=True)
        self._train({"train": _as_dataset(X, y)})
        return self

    def score(self, X: Sequence[Sequence[str]], y: Sequence[Sequence[str]]) -> float:  # noqa: N803
        """Micro F1 of entities and their types, as a fraction of 1; arguments as for `fit`."""
        from tner_hf.lab.evaluation import evaluate

        found = evaluate(self._find_checkpoint(), _as_dataset(X, y), confidence=None)
        f1: float = found["protocols"]["full"]["type_aware"]["default"]["micro"]["f1"]
        return f1

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Everything that this was made with, for `sklearn.base.clone`."""
        del deep
        return dict(self._given)

    def set_params(self, **params: Any) -> Self:
        """Change what this was made with; what was fitted is forgotten."""
        type(self).__init__(self, **{**self._given, **params})
        return self

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator: that it takes targets, and no more."""
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=True))

    def _train(self, dataset: Any = None) -> TrainResult:
        from tner_hf.training.arguments import DataArguments, ModelArguments, NERTrainingArguments
        from tner_hf.training.run import train

        if self.transformer is None:
            raise SettingError(
                f"{self.checkpoint!r} is a finished checkpoint; to train on from it give "
                f"TrainTransformersNER(dataset=…, transformer={self.checkpoint!r})"
            )
        if dataset is None and self.dataset is None:
            raise SettingError(
                f"transformer={self.transformer!r} is to be trained on what? Give dataset=, or "
                "call fit(X, y)"
            )
        kinds = (ModelArguments, DataArguments, NERTrainingArguments)
        names = [{field.name for field in fields(kind) if field.init} for kind in kinds]
        known = set().union(*names) - {"model_name_or_path", "output_dir", "dataset_name"}
        for name in self._settings:
            if name not in known:
                raise UnknownNameError("setting", name, sorted({*OLD_NAMES, *known}))
        defaults = {each.name: each.default for kind in kinds for each in fields(kind)}
        for name, value in self._settings.items():
            if isinstance(value, str) and type(defaults[name]) in (int, float):
                raise SettingError(f"{name}={value!r} is no number, e.g. {name}={defaults[name]}")
        model, data, training = (
            {name: value for name, value in self._settings.items() if name in group}
            for group in names
        )
        self._pipeline = None
        return train(
            ModelArguments(self.transformer, **model),
            DataArguments(**data),
            NERTrainingArguments(self.checkpoint, **training),
            dataset=self.dataset if dataset is None else dataset,
        )

    def test(
        self, dataset: Any = None, config: str | None = None, *, split: str = "test", **options: Any
    ) -> Evaluation:
        """Print and return both F1 scores on a corpus, under every protocol.

        Args:
            dataset: what `tner_hf.load_dataset` takes; the training data where not given.
            config: configuration of a corpus, e.g. a language of WikiAnn.
            split: the split to score.
            **options: as for `tner_hf.evaluate`, e.g. `lowercase=True`; also T-NER's `lower_case`.

        Returns:
            A mapping. `["protocols"][PROTOCOL][TYPES][MODE]["micro"]` gives precision, recall, f1
            and support as fractions of 1, `["per_type"]` the same for each type; PROTOCOL is
            `full` or `shared`, TYPES `type_aware` or `type_ignored`, MODE `default` or `strict`.
            `["coverage"]` says what the shared protocol left out.
        """
        from tner_hf.lab.evaluation import evaluate

        options = {OLD_NAMES.get(name, name): value for name, value in options.items()}
        if dataset is None:
            if self.dataset is None:
                raise SettingError('test on what? Give a corpus or files: .test("conll2003")')
            dataset = self.dataset
        result = evaluate(self._find_checkpoint(), dataset, config, split=split, **options)
        print(result.table())  # noqa: T201 — the paper's class shows what it found
        return result

    def predict(
        self, inputs: Sequence[str] | Sequence[Sequence[str]], **options: Any
    ) -> dict[str, list[Any]]:
        """T-NER's dictionary of `prediction`, `probability`, `input` and `entity_prediction`.

        Args:
            inputs: texts, or sentences as lists of words.
            **options: as for `tner_hf.inference.pipelines.predict`, e.g. gold `labels`.
        """
        from tner_hf.inference.pipelines import predict

        return predict(self.pipeline(), inputs, **options)

    def pipeline(self, **options: Any) -> NERPipeline:
        """The checkpoint as a `TokenClassificationPipeline`; options as for `tner_hf.pipeline`."""
        from tner_hf.inference.pipelines import pipeline

        if options:
            return pipeline(self._find_checkpoint(), **options)
        if self._pipeline is None:
            self._pipeline = pipeline(self._find_checkpoint())
        return self._pipeline

    def _find_checkpoint(self) -> str:
        if not self.checkpoint:
            raise SettingError("nothing is trained yet: call fit(X, y) first")
        return self.checkpoint


def _as_dataset(sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> Dataset:
    from datasets import Dataset

    rows = {"tokens": [list(map(str, each)) for each in sentences],
            "ner_tags": [list(map(str, each)) for each in tags]}  # fmt: skip
    if len(rows["tokens"]) != len(rows["ner_tags"]):
        raise DataError(
            f"{len(rows['tokens'])} sentences and tags of {len(rows['ner_tags'])}; accepted: as "
            "many of both"
        )
    return Dataset.from_dict(rows)


def _rename(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under our names, with T-NER's meaning of None kept."""
    renamed: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "crf":  # T-NER's, a truth
            renamed["head"] = "crf" if value else "linear"
            continue
        ours = OLD_NAMES.get(name, name)
        if ours in renamed:
            raise SettingError(f"{name} and another name of {ours} are both given; keep one")
        if name in OLD_NAMES and value is None:
            value = 0  # noqa: PLW2901 — T-NER's "no clipping" and "no warm-up"
        renamed[ours] = value
    return renamed


def _slug(dataset: Any) -> str:
    """A dataset's name for a folder."""
    if isinstance(dataset, list | tuple):
        return "+".join(_slug(each) for each in dataset)
    if isinstance(dataset, Mapping):
        first = next(iter(dataset.values()), "files")
        return Path(first).stem if isinstance(first, str | Path) else "dataset"
    if isinstance(dataset, str | Path):
        return Path(dataset).name if Path(dataset).exists() else str(dataset).replace("/", "-")
    return "dataset"


def _refuse_corpus(checkpoint: str) -> None:
    from tner_hf.data.corpora import corpus_names

    if not Path(checkpoint).exists() and checkpoint.partition("/")[0] in corpus_names():
        raise _explain(checkpoint)


def _explain(dataset: Any) -> SettingError:
    return SettingError(
        f"got dataset={dataset!r:.60} and no transformer. To train: TrainTransformersNER("
        "dataset='wnut2017', transformer='roberta-base'). To test or use a checkpoint: "
        "TrainTransformersNER('path-or-hub-id')."
    )
