"""Before a model is published: does plain transformers give what was scored?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tner_hf.data import labels_of
from tner_hf.errors import DataError, HubError, SettingError, TnerError, UnknownNameError
from tner_hf.inference.pipelines import ParityReport, check_parity
from tner_hf.predictions import GoldSplit, read_predictions
from tner_hf.publishing.cards import CardFacts
from tner_hf.runs import Run

#: Sentences that are compared at most, spread evenly over those there are.
COMPARED = 500


@dataclass(frozen=True)
class TaggedSentences:
    """Sentences to compare on.

    Attributes:
        words: of each sentence.
        tags: what evaluation predicted for them; None where it is to be computed.
        gold: what is true; None where that is not known in the model's own types.
    """

    words: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]] | None = None
    gold: Sequence[Sequence[str]] | None = None

    def thin_out(self) -> TaggedSentences:
        """At most `COMPARED` of them, evenly spread."""
        number = min(len(self.words), COMPARED)
        chosen = [i * len(self.words) // number for i in range(number)]
        return TaggedSentences(
            [self.words[i] for i in chosen],
            self.tags and [self.tags[i] for i in chosen],
            self.gold and [self.gold[i] for i in chosen],
        )


def check_gate(
    checkpoint: Path, facts: CardFacts, found: TaggedSentences, *, force: bool
) -> ParityReport:
    """Compare evaluation, `tner_hf.pipeline` and the plain pipeline.

    The aggregation strategy of the latter is the one that departs in the fewest sentences; it is
    what the card will tell people to use.

    Raises:
        HubError: the ways differ; the sentences are shown.
    """
    in_context = facts.settings is not None and facts.settings.context == "document"
    if in_context and found.tags is None:
        raise _no_sentences(
            checkpoint,
            "it was scored with the text around each sentence (--context document), and what it "
            "said then is not stored",
        )
    found = found.thin_out()
    lowercase = facts.settings is not None and facts.settings.lowercase
    words = [[w.lower() for w in s] for s in found.words] if lowercase else found.words
    report = check_parity(checkpoint, words, tags=found.tags, gold=found.gold)
    if report.agrees or force:
        return report
    raise HubError(
        f"{checkpoint} was not published: plain transformers would not give people what was "
        "scored.\n" + "\n".join(f"  {line}" for line in report.lines()) + f"\n{_next_step(facts)}"
    )


def _next_step(facts: CardFacts) -> str:
    force = "publish it all the same with force=True (--force); its card will say so"
    if facts.crf:
        return (
            "It decodes with a CRF, which plain transformers does not have; --head linear trains "
            f"one that needs none. Or {force}."
        )
    if facts.settings and facts.settings.apart:
        return (
            "It keeps types apart inside (--keep_apart), and plain transformers shows them as they "
            f"are kept; train without it. Or {force}."
        )
    if facts.settings and facts.settings.context == "document":
        return (
            "It was scored with the text around each sentence (--context document), and people may "
            f"give single sentences. {force[0].upper()}{force[1:]}."
        )
    if facts.settings and facts.settings.label_all_subtokens == "first":
        return (
            "Only the first sub-token of a word was trained: --label_all_subtokens inside trains "
            f"them all and leaves far fewer differences. Or {force}."
        )
    return f"{force[0].upper()}{force[1:]}."


def find_sentences(
    checkpoint: Path,
    types: Sequence[str],
    run: Run,
    predictions_file: str | Path | None,
    sentences: Sequence[Sequence[str]] | None,
) -> TaggedSentences:
    """Stored predictions first, then the test set that the run names, then what was given.

    Raises:
        SettingError: there are no sentences to compare on.
    """
    if predictions_file is not None:
        return _read_predictions(Path(predictions_file).expanduser(), types)
    for path in sorted(checkpoint.glob("*predictions*.jsonl")):
        return _read_predictions(path, types)
    try:
        found = _load_test_set(run, types)
    except (TnerError, OSError) as error:
        if sentences:
            return TaggedSentences(sentences)
        raise _no_sentences(checkpoint, f"the run's test set could not be read: {error}") from error
    if (found is None or not found.words) and sentences:
        return TaggedSentences(sentences)
    if found is None or not found.words:
        raise _no_sentences(checkpoint, "the run had no test set")
    return found


def _read_predictions(path: Path, types: Sequence[str]) -> TaggedSentences:
    """The sentences of a file, and its tags where they are in the model's own types.

    Scored on the unified types, predictions say `person` where the model says `PER`: then only
    the words are of use, and the tags are predicted again.
    """
    if not path.is_file():
        raise DataError(
            f"there is no file {path}; `tner-hf evaluate --predictions_file` writes one"
        )
    answer = read_predictions(path)
    if set(answer.model_types) - set(types):
        return TaggedSentences(answer.sentences)
    return TaggedSentences(
        answer.sentences, list(answer.tags("predicted")), list(answer.tags("gold"))
    )


def _load_test_set(run: Run, types: Sequence[str]) -> TaggedSentences | None:
    """The test split on which the run reported its scores; None without one."""
    gold = run.test_set()
    if gold is None:
        return None
    try:
        rows = GoldSplit.of(gold).data
    except UnknownNameError as error:
        if "split" in str(error):  # a corpus without one
            return None
        raise
    space = labels_of(rows)
    words = rows["tokens"][:]
    if set(space.types) - set(types):  # types that the training split does not have
        return TaggedSentences(words)
    return TaggedSentences(words, gold=[[space.names[i] for i in row] for row in rows["ner_tags"]])


def _no_sentences(checkpoint: Path, reason: str) -> SettingError:
    return SettingError(
        f"{checkpoint} cannot be compared with what people will get before it is published: "
        f"{reason}. Give sentences: tner-hf evaluate -m {checkpoint} --predictions_file FILE …, "
        "then push with --predictions_file FILE"
    )
