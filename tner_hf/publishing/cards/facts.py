"""What a model card states, and nothing else: the `results.json` behind a README.md.

Every field comes from a file that a run, an evaluation or a matrix wrote. None, or an empty tuple,
means that no file says it, and the card is silent about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tner_hf.config import CheckpointSettings
from tner_hf.errors import DataError
from tner_hf.plain import Stored

if TYPE_CHECKING:
    from tner_hf.inference.pipelines import ParityReport

#: Version of the JSON form.
FORMAT = 1


@dataclass(frozen=True)
class TrainedCorpus:
    """A corpus that the model was trained on.

    Attributes:
        name: as the checkpoint records it, e.g. `wikiann/ja`.
        title: the name in prose.
        domain: what kind of text it is.
        languages: BCP 47 codes of the configuration that was used.
        licence: the licence in words.
        homepage: where the authors present it.
        citation: BibTeX.
        types: the authors' entity types to those of the model, where its label map is known.
    """

    name: str
    title: str
    domain: str | None = None
    languages: tuple[str, ...] = ()
    licence: str | None = None
    homepage: str | None = None
    citation: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TestSet:
    """Scores on one split of one dataset.

    Attributes:
        dataset: a corpus, a Hub id, or the name of a file.
        split: the split that was scored.
        title: the name in prose.
        config: configuration of the corpus.
        published: whether `dataset` is something that others can load: a corpus or a Hub id.
        revision: commit of a Hub dataset.
        fingerprint: hash of tokens, gold labels and label names.
        sentences: in the split.
        tokens: in the split.
        lowercase: whether the words were lower-cased though the model was not trained so.
        corpus: by whose guidelines the model was told to tag, which the title says; None for
            nobody's.
        windowed_sentences: sentences that were longer than a window.
        unencodable_tokens: words without sub-tokens, tagged after their neighbours.
        label_map: version of the label map of both sides.
        protocols: protocol to scores, as `tner-hf evaluate --output_file` writes them.
        coverage: what the shared protocol leaves out.
        intervals: confidence intervals, as there.
        calibration: whether the model's scores can be believed, as there.
    """

    __test__ = False  # its name begins as those of pytest's classes do

    dataset: str
    split: str
    title: str
    protocols: Mapping[str, Any]
    config: str | None = None
    published: bool = True
    revision: str | None = None
    fingerprint: str | None = None
    sentences: int | None = None
    tokens: int | None = None
    lowercase: bool = False
    corpus: str | None = None
    windowed_sentences: int | None = None
    unencodable_tokens: int | None = None
    label_map: str | None = None
    coverage: Mapping[str, Any] | None = None
    intervals: Mapping[str, Any] | None = None
    calibration: Mapping[str, Any] | None = None

    @property
    def tokens_unscored(self) -> int:
        """Gold tokens that the model gave no prediction for."""
        return int(self.coverage["tokens_unscored"]) if self.coverage else 0

    def f1(self, variant: str, protocol: str = "full") -> float:
        """Micro F1 in default mode; a fraction of 1."""
        return float(self.protocols[protocol][variant]["default"]["micro"]["f1"])

    def bounds(self, protocol: str, variant: str, mode: str) -> Mapping[str, Any]:
        """Confidence intervals: average to measure to lower and upper end; empty without any."""
        blocks = (self.intervals or {}).get("protocols", {})
        found: Mapping[str, Any] = blocks.get(protocol, {}).get(variant, {}).get(mode, {})
        return found

    @property
    def missed_types(self) -> dict[str, int]:
        """Types that the model knows and never found, to the gold entities they have."""
        per_type = self.protocols["full"]["type_aware"]["default"]["per_type"]
        unseen = self.unseen_types
        return {
            t: score["support"]
            for t, score in per_type.items()
            if score["support"] and not score["recall"] and t not in unseen
        }

    @property
    def unseen_types(self) -> tuple[str, ...]:
        """Types with gold entities that the model does not know, so that it misses them all."""
        if self.coverage is None:
            return ()
        per_type = self.protocols["full"]["type_aware"]["default"]["per_type"]
        shared = self.coverage["shared_types"]
        return tuple(t for t, score in per_type.items() if score["support"] and t not in shared)


@dataclass(frozen=True)
class TransferTable:
    """One view of a transfer matrix, its numbers in percent as text.

    Attributes:
        title: the view in words.
        columns: test sets.
        rows: a model and its numbers; this card's model comes first.
        legend: what the signs mean.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """What a card shows of a transfer matrix.

    Attributes:
        row: the matrix's name for this card's model.
        tables: its views.
        heatmap: path of the picture, relative to the card.
    """

    row: str
    tables: tuple[TransferTable, ...]
    heatmap: str | None = None


@dataclass(frozen=True)
class Parity:
    """How far plain transformers gives what was scored.

    Attributes:
        sentences: how many were tagged in every way.
        strategy: aggregation strategy of the plain pipeline.
        pipeline: sentences in which `tner_hf.pipeline` departs from the scored predictions.
        plain: sentences in which the plain pipeline does.
        tried: the strategies that were tried, to the sentences in which each departs.
        f1: micro F1 on these sentences, `scored` and `plain`.
    """

    sentences: int
    strategy: str
    pipeline: int
    plain: int
    tried: Mapping[str, int] = field(default_factory=dict)
    f1: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, report: ParityReport) -> Parity:
        """The counts of a report, whose sentences may be of a licensed corpus."""
        pipeline, plain = report.count("pipeline"), report.count("plain")
        return cls(report.sentences, report.strategy, pipeline, plain, report.tried, report.f1)


@dataclass(frozen=True)
class CardFacts(Stored):
    """Everything a card of a model says.

    Attributes:
        name: what the model is called.
        types: entity types that it finds, in label order.
        repo_id: where it is published.
        architecture: class of the model in transformers.
        base_model: Hub id of the encoder that was fine-tuned.
        new_version: Hub id of the model that takes this one's place.
        license: identifier of the licence, as the Hub writes it.
        languages: BCP 47 codes.
        settings: `CheckpointSettings` of its config.json; None for a checkpoint of others.
        corpora: what it was trained on.
        train_files: names of the user's own files that it was trained on.
        hyper_parameters: as the run recorded them.
        training: sentences, steps, seconds, and what did not fit into `max_length`.
        environment: package to version.
        carbon: the Hub's `co2_eq_emissions`.
        test_sets: scores.
        validation: scores on the validation split, which chose among checkpoints.
        transfer: of a matrix in which the model is a row.
        parity: of the comparison before a push.
        widget: texts to try it on.
        dataset_ids: corpus to the Hub id under which it is published.
        tags: further tags of the repository.
        notes: more sentences for its limits.
        words_by_spaces: whether plain transformers takes what stands between spaces for a word,
            for the tokenizer does not mark the pieces inside one.
        seeds: of the group of runs that this one is of: `all`, its `own`, the `best` on the
            validation split, and `f1`: split to mean and standard deviation; empty without one.
        student: of a student, how it was made and how it compares with its teacher
            (`tner_hf.lab.distilling.Distilled`); empty of other models.
        average: of an average of models, of which ones (`tner_hf.runs.origins.Averaged`); empty of
            other models.
        crf: what its CRF goes over: `words`, or as T-NER's `sub-tokens`; None without one.
        adapter_of: of an adapter that is published alone, the `base_model_name_or_path` and
            `revision` of its `adapter_config.json`; empty of whole models.
    """

    name: str
    types: tuple[str, ...]
    repo_id: str | None = None
    architecture: str | None = None
    base_model: str | None = None
    new_version: str | None = None
    license: str | None = None
    languages: tuple[str, ...] = ()
    settings: CheckpointSettings | None = None
    corpora: tuple[TrainedCorpus, ...] = ()
    train_files: tuple[str, ...] = ()
    hyper_parameters: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    carbon: Mapping[str, Any] | None = None
    test_sets: tuple[TestSet, ...] = ()
    validation: tuple[TestSet, ...] = ()
    transfer: Transfer | None = None
    parity: Parity | None = None
    widget: tuple[str, ...] = ()
    dataset_ids: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    words_by_spaces: bool | None = None
    crf: str | None = None
    seeds: Mapping[str, Any] = field(default_factory=dict)
    student: Mapping[str, Any] = field(default_factory=dict)
    average: Mapping[str, Any] = field(default_factory=dict)
    adapter_of: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def untested_types(self) -> tuple[str, ...]:
        """Types of the model that no test set has an entity of."""
        tables = [t.protocols["full"]["type_aware"]["default"]["per_type"] for t in self.test_sets]
        seen = {name for table in tables for name, score in table.items() if score["support"]}
        return tuple(name for name in self.types if name not in seen)

    @property
    def strategy(self) -> str:
        """The aggregation strategy with which plain transformers best gives what was scored.

        The one that was found to depart least; without a comparison `first`, for a word has the
        label of its first sub-token. In text without spaces between words `first` takes a whole
        line for one word, and `simple` goes by sub-tokens.
        """
        if self.parity:
            return self.parity.strategy
        splitter = self.settings.word_splitter if self.settings else "unicode"
        return "simple" if splitter == "characters" else "first"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; what is not known is left out."""
        plain = super().to_dict()
        for name in ("corpora", "test_sets", "validation"):
            plain[name] = [_drop_unknown(each) for each in plain[name]]
        plain["parity"] = plain["parity"] and _drop_unknown(plain["parity"])
        return {"format": FORMAT, **_drop_unknown(plain)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CardFacts:
        """The inverse of `to_dict`.

        Raises:
            DataError: it is no such thing, or of a later version.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(stored) - known - {"format"})
        if stored.get("format") != FORMAT or unknown:
            raise DataError(
                f"facts of a card in format {stored.get('format')!r}"
                + (f" with unknown fields {', '.join(unknown)}" if unknown else "")
                + f"; this version reads format {FORMAT}: give the checkpoint's folder, or upgrade"
            )
        return super().from_dict(stored)

    @classmethod
    def load(cls, path: str | Path) -> CardFacts:
        """The facts in a `results.json`."""
        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path} holds no facts of a card: {error}") from error
        if not isinstance(stored, dict):
            raise DataError(f"{path} holds no facts of a card, but a {type(stored).__name__}")
        return cls.from_dict(stored)

    def to_json(self) -> str:
        """The text of a `results.json`."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"


def _drop_unknown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that say nothing left out; zeros and False say something."""
    return {name: value for name, value in facts.items() if value not in (None, [], {})}
