"""A student from texts to a checkpoint beside its teacher's scores."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import set_seed

from tner_hf.config import CheckpointSettings
from tner_hf.errors import CheckpointError, SettingError, TrainingError
from tner_hf.formats.options import ReadOptions
from tner_hf.inference.runtimes import place_tagger
from tner_hf.lab.analysis.comparing import compare_systems_on
from tner_hf.lab.analysis.comparison import DatasetComparison
from tner_hf.lab.analysis.systems import System
from tner_hf.lab.distilling.result import Distilled, Judgement
from tner_hf.lab.distilling.soft_labels import SoftLoss, make_soft_rows
from tner_hf.lab.distilling.student import check_layers, count_layers, make_student
from tner_hf.lab.distilling.texts import find_texts, read_sentences
from tner_hf.models import (
    fingerprint_model,
    has_crf,
    load_model,
    load_tokenizer,
    read_settings,
    tag_names,
    write_settings,
)
from tner_hf.models.locating import open_checkpoint
from tner_hf.predictions import GoldSplit
from tner_hf.predictions.names import is_public, name_source
from tner_hf.runs import Gold, Run, SplitFacts
from tner_hf.training.describing import describe_settings, list_versions
from tner_hf.training.judging import check_settings
from tner_hf.training.output import (
    INCOMPLETE,
    check_folder,
    choose_checkpoint,
    hold_folder,
    move_files,
)
from tner_hf.training.result import TrainResult
from tner_hf.training.run import build_trainer, list_results, run_trainer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from tner_hf.training import NERTrainingArguments

logger = logging.getLogger(__name__)

#: How much F1 a student may lose.
MAX_F1_DROP = 0.02


def distil(
    teacher: str,
    texts: Sequence[str],
    args: NERTrainingArguments,
    *,
    layers: int,
    gold: Gold | None = None,
    max_f1_drop: float = MAX_F1_DROP,
    temperature: float = 1.0,
    revision: str | None = None,
    reading: ReadOptions | None = None,
    text_column: str | None = None,
) -> Distilled:
    """Train a student with some of a teacher's layers, and keep it if it is nearly as good.

    Texts need no labels: what the teacher says of each word is what is learned. The same call
    again goes on from the newest checkpoint of an interrupted run, and gives back what a finished
    one left; so a student that was refused costs no second training where more loss is allowed.

    Args:
        teacher: a folder or Hub id of a token classifier.
        texts: what `tner-hf tag` takes; of corpora and Hub datasets the training split is read.
        args: how it is trained; nothing is validated on.
        layers: of the student.
        gold: labelled sentences on which both are scored; None to keep the student unseen.
        max_f1_drop: the most that the student's F1 may be lower, of 1.
        temperature: of the teacher's probabilities in the loss.
        revision: branch, tag or commit of the teacher on the Hub.
        reading: how files of texts are read.
        text_column: of texts, or of lists of words; None for the usual names.

    Raises:
        SettingError: settings that cannot be used, or the output folder is another run's.
        CheckpointError: the teacher has a CRF, or layers that cannot be left out.
        DataError: texts or gold cannot be read.
        TrainingError: the loss is no number, or the student is too much worse.
    """
    folder = Path(args.output_dir).expanduser()
    _check(args, max_f1_drop=max_f1_drop, temperature=temperature)
    check_folder(folder)
    model = load_model(teacher, revision=revision)
    if has_crf(model.config):
        raise CheckpointError(
            f"{teacher!r} has a CRF, whose answers are whole sentences and not scores of words; "
            "accepted: a teacher trained with --head linear"
        )
    if read_settings(model.config).apart:
        raise CheckpointError(
            f"{teacher!r} keeps types apart inside (--keep_apart), and answers in other labels "
            "than the rows that a student takes over; accepted: a teacher trained without"
        )
    whole = count_layers(model)
    check_layers(layers, whole)
    sources = find_texts(texts, reading or ReadOptions(), column=text_column)
    sentences = read_sentences(sources, read_settings(model.config).word_splitter)
    if gold is not None:  # a misspelt corpus should not cost the training
        _warn_of_gold(sentences, gold)
    made = Distilled(
        str(folder),
        teacher if is_public(teacher) else Path(teacher).expanduser().resolve().name,
        layers,
        whole,
        tuple(source.name for source in sources),
        len(sentences),
        sum(map(len, sentences)),
    )
    work = _Work(made, teacher, revision, model, args, temperature, gold, max_f1_drop)
    run = work.describe(sentences)
    with hold_folder(folder, run, args):
        if TrainResult.read(folder) is not None:
            logger.info("%s holds this student, finished: nothing is trained", folder)
            return work.judge(folder)
        return work.train(sentences)


def _check(args: NERTrainingArguments, *, max_f1_drop: float, temperature: float) -> None:
    check_settings(args)
    if args.world_size > 1 or args.push_to_hub or args.seeds:
        raise SettingError(
            "a student is trained in one process, with one seed, and pushed afterwards: tner-hf "
            "push model FOLDER OWNER/NAME"
        )
    if not 0 < temperature <= 100:
        raise SettingError(f"--temperature {temperature:g}; accepted: above 0, and up to 100")
    if not 0 <= max_f1_drop <= 1:
        raise SettingError(f"--max_f1_drop {max_f1_drop:g}; accepted: 0 to 1 (0.01 is a point)")


@dataclass(frozen=True)
class _Work:
    """What is to be done: what will be said of the student, and the arguments of `distil`."""

    made: Distilled
    teacher: str
    revision: str | None
    model: PreTrainedModel  # the teacher
    args: NERTrainingArguments
    temperature: float
    gold: Gold | None
    max_f1_drop: float

    @property
    def place(self) -> str:
        """Where the teacher's files are."""
        return str(open_checkpoint(self.teacher, revision=self.revision, token=None)[1])

    def describe(self, sentences: Sequence[Sequence[str]]) -> Run:
        """The run, for `run.json`."""
        settings = read_settings(self.model.config)
        digest = hashlib.sha256()
        for words in sentences:
            digest.update(json.dumps(words).encode())  # as of a corpus that is trained on
        name = digest.hexdigest()[:16]
        types = {tag[2:] for tag in tag_names(self.model.config) if tag[1:2] == "-"}
        return Run(
            model={
                "model_name_or_path": self.teacher,
                "model_revision": self.revision,
                "max_length": settings.max_length,
                "lowercase": settings.lowercase,
                "layers": self.made.layers,
                "soft_temperature": self.temperature,
            },
            data={"source": None},
            training=describe_settings(self.args),
            versions=list_versions(),
            model_is_folder=Path(self.teacher).expanduser().exists(),
            weights=fingerprint_model(self.place, getattr(self.model.config, "_commit_hash", None)),
            splits={"train": SplitFacts(len(sentences), tuple(sorted(types)), name, (name,))},
        ).normalised()

    def train(self, sentences: Sequence[Sequence[str]]) -> Distilled:
        """Train the student, judge it, and only then put it into its folder."""
        made, args, folder = self.made, self.args, Path(self.made.output_dir)
        resume = choose_checkpoint(folder, args.resume_from_checkpoint)
        tokenizer = load_tokenizer(self.place)
        settings = read_settings(self.model.config)
        set_seed(args.seed)
        student = make_student(self.model, made.layers)
        write_settings(student.config, _settings_of_student(settings))
        place_tagger(self.model, args.device)
        logger.info("the teacher reads %s sentences, %s words", f"{made.sentences:,}",
                    f"{made.words:,}")  # fmt: skip
        rows, scores = make_soft_rows(sentences, self.model, tokenizer, settings)
        loss = SoftLoss(scores, temperature=self.temperature)
        trainer = build_trainer(student, args, rows, tokenizer, None, loss=loss)
        metrics = run_trainer(trainer, resume)
        incomplete = folder / INCOMPLETE
        trainer.save_model(str(incomplete), _internal_call=True)
        try:
            made = self.judge(incomplete)
        except TrainingError:
            shutil.rmtree(incomplete)
            raise
        move_files(incomplete, folder)
        trainer.save_state()
        results = list_results(trainer, metrics, rows, resume)
        TrainResult(str(folder), results, []).write({})
        return made

    def judge(self, student: Path) -> Distilled:
        """Score a saved student beside its teacher, and write down how they compare.

        Raises:
            TrainingError: it lost too much.
        """
        before = Distilled.read(student)
        made = self.made if before is None else replace(self.made, judged=before.judged)
        if self.gold is not None:
            made = replace(made, judged=_compare(self.place, student, self.gold))
        if (found := made.judged) is not None and found.drop > self.max_f1_drop:
            raise TrainingError(
                f"the student of {made.teacher} is too much worse than allowed\n  {found.line()}\n"
                f"accepted: at most {100 * self.max_f1_drop:g} points lower (--max_f1_drop "
                f"{self.max_f1_drop:g}). The same command with a larger one keeps it without "
                "training again; more --layers, more texts or more --num_train_epochs bring it "
                "nearer to its teacher"
            )
        made.write(student)
        return made


def _settings_of_student(teacher: CheckpointSettings) -> CheckpointSettings:
    """What is true of a student: it reads its texts alone, and under no condition."""
    if teacher.context == "document":
        logger.warning("the student reads each sentence alone, without the text around it")
    if teacher.conditions:
        logger.warning("the student learns what its teacher says without --corpus, and knows none")
    return replace(teacher, temperature=None, context="sentence", conditions=())


def _compare(teacher: str, student: Path, gold: Gold) -> Judgement:
    """Both on the same sentences, with the paired test of `tner-hf compare`."""
    systems = [System("teacher", (teacher,)), System("student", (str(student),))]
    source = gold.dataset if gold.config is None else f"{gold.dataset}/{gold.config}"
    report = compare_systems_on(systems, {name_source(source): source}, **gold.options)
    one: DatasetComparison = report.datasets[0]
    test = next(each for each in report.tests() if each.variant == "type_aware")
    f1 = [
        system.summary.scores["type_aware"]["default"]["micro"]["f1"]["mean"]
        for system in one.systems
    ]
    return Judgement(
        one.dataset, one.split, one.sentences, one.entities, float(f1[0] or 0), float(f1[1] or 0),
        test.difference.low, test.difference.high, report.level, test.difference.p,
        test.say(report.level, corrected=True),
    )  # fmt: skip


def _warn_of_gold(sentences: Sequence[Sequence[str]], gold: Gold) -> None:
    """Read the gold sentences, and say how many of them are among the texts."""
    test_set = GoldSplit.of(gold)
    known = {tuple(words) for words in sentences}
    seen = sum(tuple(words) in known for words in test_set.sentences)
    if seen:
        logger.warning(
            "%d of the %d gold sentences are among the texts: the student is compared on what it "
            "has seen", seen, len(test_set)
        )  # fmt: skip
