"""`--teachers`: what models of other corpora say of the types that a corpus does not annotate.

An `O` in the text of a merged corpus is open: `O`, or any tag of a type that the corpus never
annotates. With teachers it has a distribution instead of one label. Each teacher that knows such a
type is asked how likely its tags are, given that the word is of none of the types which the corpus
does annotate, as gold says; what all teachers of a type say is averaged, and what is left is `O`.
Types that no teacher knows stay out of the softmax there (`loss`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tner_hf.data.conversion import number_documents
from tner_hf.errors import CheckpointError, SettingError
from tner_hf.inference.runtimes import place_tagger
from tner_hf.inference.tagging import cut_windows, score_places
from tner_hf.labels import OUTSIDE, LabelMap, LabelSpace, split_tag
from tner_hf.metrics.calibration import softmax
from tner_hf.models import (
    check_tagger,
    has_crf,
    load_config,
    load_model,
    load_tokenizer,
    read_settings,
    tag_names,
)
from tner_hf.predictions.maps import own_map
from tner_hf.predictions.names import split_named
from tner_hf.training.judging import check_memory
from tner_hf.training.loss import find_open_labels

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

#: The target of a tag that no teacher knows.
UNKNOWN = -1

#: Prefixes of all schemes as those of IOB2.
_AS_IOB2 = {"B": "B", "S": "B", "U": "B", "I": "I", "E": "I", "L": "I"}


@dataclass(frozen=True)
class Teacher:
    """A trained tagger, by what its labels mean in a merged label space.

    Attributes:
        checkpoint: folder or Hub id.
        labels: what each of its labels is in the merged space; -1 for a type that is not in it.
            *Shape:* [n_labels].
    """

    checkpoint: str
    labels: NDArray[np.int64]

    @classmethod
    def read(cls, given: str, space: LabelSpace, label_map: LabelMap | None) -> Teacher:
        """A teacher, a folder, Hub id or `NAME=MODEL`, by its configuration alone.

        Types of the merged corpora went through the map; None where they are native.

        Raises:
            CheckpointError: no token classifier, one with a CRF, or one without `B-`.
        """
        checkpoint = split_named(given)[1]
        config = load_config(checkpoint)
        check_tagger(config, checkpoint)
        tags = tag_names(config)
        prefixes = {_AS_IOB2.get(split_tag(tag)[0]) for tag in tags if tag != OUTSIDE}
        if has_crf(config) or prefixes not in ({"B"}, {"B", "I"}):
            raise CheckpointError(
                f"--teachers {checkpoint} has a CRF, or labels that do not say where an entity "
                f"begins ({', '.join(tags[:5])} …): it has no probability of B- and I- for each "
                "word. Accepted: models of train --head linear, and others with such labels"
            )
        own = own_map(read_settings(config), label_map)

        def translate(tag: str) -> int:
            prefix, name = split_tag(tag)
            name = name if own is None else own.map_type(name)
            if OUTSIDE in {prefix, name}:  # a type that the map drops is an `O`
                return 0
            return space.label2id.get(f"{_AS_IOB2[prefix]}-{name}", -1)

        return cls(checkpoint, np.array([translate(tag) for tag in tags]))

    def knows(self, labels: Sequence[int]) -> list[int]:
        """Those of some labels whose type it has; `B-x` and `I-x` stand side by side."""
        types = {(own + 1) // 2 for own in self.labels.tolist() if own > 0}
        return [label for label in labels if (label + 1) // 2 in types]

    def weigh(
        self,
        logits: NDArray[np.float32],
        open_labels: Sequence[int],
        *,
        size: int,
        temperature: float | None = None,
    ) -> NDArray[np.float32]:
        """How likely each open label of a word is, given that it is none of the others but `O`.

        Args:
            logits: its own, shape [n_words, n_labels].
            open_labels: `O` and the tags that gold does not exclude.
            size: labels of the merged space.
            temperature: of its probabilities.

        Returns:
            Shape [n_words, size]; 0 for `O` and what is not open.
        """
        left = np.isin(self.labels, [-1, *open_labels])  # -1: nor does gold exclude other types
        found = np.zeros((len(logits), size), dtype=np.float32)
        likely = softmax(logits[:, left], temperature)
        for label, column in zip(self.labels[left].tolist(), likely.T, strict=True):
            if label > 0:  # several native types can be one
                found[:, label] += column
        return found


def find_teachers(
    given: Sequence[str],
    space: LabelSpace,
    annotated: Mapping[str, Sequence[str]],
    label_map: LabelMap | None,
) -> list[Teacher]:
    """The teachers that are named, each of which knows a type that a corpus does not annotate.

    Raises:
        SettingError: there is nothing for one of them to say.
        CheckpointError: as in `Teacher.read`.
    """
    missing = {label for ids in find_open_labels(space, annotated).values() for label in ids} - {0}
    if not missing:
        raise SettingError(
            f"--teachers {' '.join(given)} have nothing to say: every corpus here annotates all of "
            "the types. Give --dataset_name two or more that annotate other ones, or leave it out"
        )
    teachers = [Teacher.read(each, space, label_map) for each in given]
    for teacher in teachers:
        if not teacher.knows(sorted(missing)):
            types = dict.fromkeys(space.names[label][2:] for label in sorted(missing))
            own = LabelSpace.from_names(tag_names(load_config(teacher.checkpoint))).types
            raise SettingError(
                f"--teachers {teacher.checkpoint} knows {', '.join(own)}, and none of the types "
                f"that a corpus does not annotate: {', '.join(types)}; leave it out"
            )
    return teachers


def soften_labels(
    labels: NDArray[np.int64],
    words: NDArray[np.int64],
    dataset: Dataset,
    space: LabelSpace,
    open_labels: Mapping[str, Sequence[int]],
    teachers: Sequence[Teacher],
    *,
    device: Any = None,
) -> NDArray[np.float32] | None:
    """Ask teachers once about each open `O`, and give it a label of its own.

    A word that one of them cannot read keeps its hard label.

    Args:
        labels: of all rows one after the other; what teachers speak of is changed in place, to
            `num_labels + n_open + i` for target `i`. *Shape:* [n_subtokens].
        words: number of the word of `dataset` that begins there, below 0 elsewhere.
            *Shape:* [n_subtokens].
        dataset: the sentences.
        space: its labels.
        open_labels: from `find_open_labels`.
        teachers: from `find_teachers`.
        device: on which they read.

    Returns:
        The targets, see `TaughtLoss`, shape [n_targets, num_labels]; None where there are none.

    Raises:
        SettingError: they would take too much memory.
    """
    size, opened = len(space), list(open_labels.values())
    # How many teachers know the type of each label that is open in a corpus.
    known = np.zeros((len(opened), size))
    for k, ids in enumerate(opened):
        for teacher in teachers:
            known[k, teacher.knows(ids[1:])] += 1
    corpora = np.where(words >= 0, labels - size, -1)
    places = np.flatnonzero(np.isin(corpora, np.flatnonzero(known.any(axis=1))))
    corpora = corpora[places]
    fewer = "Give fewer sentences (--max_train_samples)"
    check_memory("--teachers: targets", len(places), size, fewer=fewer)
    if not len(places):
        return None
    targets = np.zeros((len(places), size), dtype=np.float32)
    read = np.ones(len(places), dtype=np.bool_)
    for teacher in teachers:
        taught = [k for k, ids in enumerate(opened) if teacher.knows(ids[1:])]
        rows = np.flatnonzero(np.isin(corpora, taught))
        if not len(rows):
            continue
        found, logits, temperature = _ask(teacher, dataset, words[places[rows]], device)
        read[rows[~found]] = False
        rows = rows[found]
        for k in taught:
            own = corpora[rows] == k
            said = teacher.weigh(logits[own], opened[k], size=size, temperature=temperature)
            targets[rows[own]] += said / np.maximum(known[k], 1)
    targets[:, 0] = np.clip(1 - targets.sum(axis=1), 0, None)
    targets /= targets.sum(axis=1, keepdims=True)
    for k, ids in enumerate(opened):
        targets[np.ix_(corpora == k, [i for i in ids[1:] if not known[k, i]])] = UNKNOWN
    labels[places[read]] = size + len(opened) + np.flatnonzero(read)
    logger.info("teachers: %s words without a gold entity have a target", f"{read.sum():,}")
    return targets


def _ask(
    teacher: Teacher, dataset: Dataset, words: NDArray[np.int64], device: Any
) -> tuple[NDArray[np.bool_], NDArray[np.float32], float | None]:
    """A teacher's logits of words, long sentences whole.

    Args:
        teacher: is loaded for it, and let go.
        dataset: the sentences.
        words: numbers of words among all of the dataset, shape [n_words].
        device: on which it reads.

    Returns:
        Which words have sub-tokens in its tokenizer, the logits of those, and its temperature.
    """
    import pyarrow.compute as pc

    model, tokenizer = load_model(teacher.checkpoint), load_tokenizer(teacher.checkpoint)
    place_tagger(model, device)
    settings = read_settings(model.config)
    tokens = dataset.with_format("arrow")[:]["tokens"]
    ends = np.cumsum(pc.list_value_length(tokens).to_numpy())
    owners = np.searchsorted(ends, words, side="right")
    # No sentence that nothing is asked of, but where it stands around another one.
    chosen = np.unique(owners) if settings.context == "sentence" else np.arange(len(ends))
    at = np.searchsorted(chosen, owners)
    sentences = dataset.select(chosen).with_format(None)
    documents = number_documents(sentences)
    windows = cut_windows(model, tokenizer, sentences["tokens"][:], settings, documents=documents)
    begins = np.append(0, ends)[chosen]
    known, places = windows.word_places()
    place_of = np.full(len(known), -1, dtype=np.int64)
    place_of[known] = places
    asked = place_of[words - begins[at] + windows.offsets[at]]
    logits = score_places(model, windows, asked[asked >= 0])
    return asked >= 0, logits, settings.temperature
