"""The facts of a card, read from the files that a run, its evaluations and a matrix left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.config import ADAPTER_FOLDER, SETTINGS_KEY, CheckpointSettings
from tner_hf.errors import CheckpointError, DataError, UnknownNameError
from tner_hf.files import read_json
from tner_hf.lab.distilling.result import Distilled
from tner_hf.lab.search.result import FILES as SEARCH_FILES
from tner_hf.lab.search.result import SearchResult
from tner_hf.labels import LabelSpace
from tner_hf.labels.apart import Joint
from tner_hf.labels.spellings import read_tags
from tner_hf.models.adapters import ADAPTER_CONFIG, BASE_KEYS
from tner_hf.models.contents import FILES_KEY, hash_labelling
from tner_hf.models.judging import CRF_KEY
from tner_hf.predictions.names import is_place
from tner_hf.publishing.cards.base_model import describe_base
from tner_hf.publishing.cards.corpora import describe_corpus
from tner_hf.publishing.cards.facts import CardFacts, TestSet, TrainedCorpus
from tner_hf.publishing.cards.rendering import render_card
from tner_hf.publishing.cards.run_files import (
    choose_hyper_parameters,
    choose_training,
    read_carbon,
    reads_words_by_spaces,
)
from tner_hf.publishing.cards.scores import (
    check_scored,
    find_score_files,
    read_run_scores,
    read_scores,
)
from tner_hf.publishing.cards.transfer import MATRIX_FILE, MATRIX_FOLDER, read_transfer
from tner_hf.publishing.cards.widget import choose_widget
from tner_hf.runs import Run, find_home
from tner_hf.runs.groups import check_group
from tner_hf.runs.origins import Averaged
from tner_hf.runs.seeds import SeedGroup, name_run

#: What no file of a run says, or what may be said otherwise.
STATED = (
    "repo_id", "name", "license", "languages", "base_model", "new_version", "widget",
    "dataset_ids", "tags", "notes",
)  # fmt: skip


def render_model_card(checkpoint: str | Path, **options: Any) -> str:
    """The README.md of a checkpoint's folder; arguments as for `collect_facts`."""
    return render_card(collect_facts(checkpoint, **options))


def collect_facts(
    checkpoint: str | Path,
    *,
    results: Sequence[str | Path] | None = None,
    matrix_folder: str | Path | None = None,
    config: Mapping[str, Any] | None = None,
    run: Run | None = None,
    allow_unscored: bool = False,
    **stated: Any,
) -> CardFacts:
    """Everything that the files of a checkpoint say, ready to be rendered.

    Args:
        checkpoint: the folder of a model, or of a group of seeds, whose best run on the validation
            split is meant.
        results: files that `tner-hf evaluate --output_file` wrote; None for those in the folder.
        matrix_folder: output folder of `tner-hf matrix` with this model among its rows; None for
            `matrix/` in the folder, where there is one.
        config: what `config.json` would say, where the model is not saved yet.
        run: what `run.json` would say, where there is none.
        allow_unscored: make a card of scores that leave tokens without a prediction.
        **stated: the fields of `CardFacts` in `STATED`; None or empty for what the files say. The
            licence is then that of the base model, languages those of the corpora.

    Raises:
        CheckpointError: there is no model in the folder.
        DataError: a file that cannot be read, scores of another model, or of a cut-off test set.
        SettingError: two results for one test set, or a matrix without this model.
        UnknownNameError: no card is told such a thing.
    """
    if unknown := set(stated) - set(STATED):
        raise UnknownNameError("fact of a card", min(unknown), STATED)
    stated = {name: value for name, value in stated.items() if value}
    folder = Path(checkpoint).expanduser()
    if group := SeedGroup.read(folder):
        folder /= name_run(group.best)
    else:
        group = SeedGroup.read(folder.absolute().parent)
        group = group if group and folder.name in map(name_run, group.seeds) else None
    if group is not None:
        check_group(folder.absolute().parent, group)
    config = read_json(folder / "config.json") or config
    if not config or "id2label" not in config:
        raise CheckpointError(
            f"{folder} holds no config.json of a token classifier; give the folder of a checkpoint"
        )
    home = find_home(folder)
    run = Run.read(home) or run or Run()
    trained = _read_trained(home)
    stored = config.get(SETTINGS_KEY)
    settings = None if stored is None else CheckpointSettings.from_dict(stored)
    types = _read_types(config, settings)
    corpora = _describe_corpora(settings, types)
    given = stated.pop("base_model", None)
    base_model, licence = describe_base(
        given or run.base_model, is_folder=not given and run.model_is_folder
    )
    if matrix_folder is None and (folder / MATRIX_FOLDER / MATRIX_FILE).is_file():
        matrix_folder = folder / MATRIX_FOLDER
    spoken = tuple(stated.get("languages", ())) or tuple(
        dict.fromkeys(code for corpus in corpora for code in corpus.languages)
    )
    facts = CardFacts(
        name=stated.get("repo_id", folder.resolve().name).rpartition("/")[2],
        types=types,
        architecture=next(iter(config.get("architectures") or ()), None),
        base_model=base_model,
        license=licence,
        languages=spoken,
        settings=settings,
        corpora=corpora,
        train_files=run.train_files,
        hyper_parameters=choose_hyper_parameters(run),
        training=choose_training(trained),
        environment=_environment(run, config),
        carbon=read_carbon(home),
        test_sets=_collect_scores(folder, results, settings, run, allow_unscored=allow_unscored),
        validation=tuple(read_run_scores(home / "eval_results.json", run, known=())),
        transfer=None if matrix_folder is None else read_transfer(matrix_folder, folder),
        widget=choose_widget(types, spoken),
        words_by_spaces=reads_words_by_spaces(folder),
        crf=_read_crf(config),
        seeds=_describe_seeds(group, folder),
        student=Distilled.facts(folder),
        average=Averaged.facts(folder),
        adapter_of=_describe_adapter(folder),
        notes=_describe_search(home),
    )
    told: Any = {n: tuple(v) if isinstance(v, list) else v for n, v in stated.items()}
    return replace(facts, **{**told, "notes": (*facts.notes, *told.get("notes", ()))})


def _collect_scores(
    folder: Path,
    results: Sequence[str | Path] | None,
    settings: CheckpointSettings | None,
    run: Run,
    *,
    allow_unscored: bool,
) -> tuple[TestSet, ...]:
    """Evaluations and, where there is none, what the run scored; its own corpora first."""
    home = find_home(folder)
    found = find_score_files(folder) or find_score_files(home) if results is None else results
    files = _list_own_files(folder)
    test_sets = [read_scores(path, settings, files=files) for path in found]
    test_sets += read_run_scores(home / "test_results.json", run, known=test_sets)
    check_scored(test_sets, allow_unscored=allow_unscored)
    trained = {name.partition("/")[0] for name in (settings.corpora if settings else ())}
    return tuple(
        sorted(test_sets, key=lambda each: not trained.issuperset(each.dataset.split(" + ")))
    )


def _read_trained(folder: Path) -> dict[str, Any]:
    """What a run wrote at its end, if its model is still the one in the folder.

    Raises:
        DataError: it is not, so none of the run's results is this model's.
    """
    trained = read_json(folder / "train_results.json") or {}
    left, own = trained.get(FILES_KEY), _list_own_files(folder)
    if left is not None and own is not None and left not in own:
        raise DataError(
            f"{folder} holds another model than its run left there: weights, labels or tokenizer "
            "were changed since, so what run.json and the results beside it say is not about it. "
            "Put the run's own files back, or give this model a folder without them"
        )
    return trained


def _list_own_files(folder: Path) -> frozenset[str] | None:
    """Fingerprints under which a model can have been scored; None for an adapter without its run.

    With LoRA these are two, for a run leaves the whole model and its adapter. An adapter that was
    published has another `adapter_config.json`, and the scores of the whole model.
    """
    home = find_home(folder)
    if home == folder and (folder / ADAPTER_CONFIG).is_file():
        return None
    return frozenset(map(hash_labelling, (home, home / ADAPTER_FOLDER)))


def _describe_seeds(group: SeedGroup | None, folder: Path) -> Mapping[str, Any]:
    if group is None:
        return {}
    f1 = {split: shown for split in group.splits if (shown := group.show(split))}
    own = next(seed for seed in group.seeds if name_run(seed) == folder.name)
    return {"all": list(group.seeds), "own": own, "best": group.best, "f1": f1}


def _describe_search(folder: Path) -> tuple[str, ...]:
    """That a run is one of many tries, which its score on the validation split does not show."""
    place = folder.absolute()
    root = place.parent.parent
    if place.name != "model" or not (root / SEARCH_FILES[0]).is_file():
        return ()
    found = SearchResult.read(root)
    own = next((t for t in found.trials if root / t.folder == place), None)
    if own is None:
        return ()
    best = ", the best of them" if own == found.best else ""
    said = (
        f"It is one of {len(found.trials)} trials of a search for settings by {found.metric} on "
        f"the validation split{best}: what it scored there is flattered by the choice."
    )
    return (said,)


def _describe_adapter(folder: Path) -> dict[str, str | None]:
    """The base of an adapter, as others can load it; empty of a whole model."""
    stored = read_json(folder / ADAPTER_CONFIG)
    if stored is None:
        return {}
    name, revision = (stored.get(key) for key in BASE_KEYS)
    if not name or is_place(str(name)):
        name, revision = "path/of/its/base", None
    return dict(zip(BASE_KEYS, (name, revision), strict=True))


def _read_crf(config: Mapping[str, Any]) -> str | None:
    stored = config.get(CRF_KEY)
    return None if stored is None else str(stored.get("over", "sub-tokens"))


def _read_types(config: Mapping[str, Any], settings: CheckpointSettings | None) -> tuple[str, ...]:
    names = [name for _, name in sorted((int(i), n) for i, n in config["id2label"].items())]
    apart = () if settings is None else settings.apart
    return LabelSpace.from_names(Joint.of(read_tags(names), apart).names).types


def _describe_corpora(
    settings: CheckpointSettings | None, types: tuple[str, ...]
) -> tuple[TrainedCorpus, ...]:
    if settings is None:
        return ()
    return tuple(
        describe_corpus(name, types=types, label_map=settings.label_map)
        for name in settings.corpora
    )


def _environment(run: Run, config: Mapping[str, Any]) -> dict[str, str]:
    """Versions that the training used; without a record, the one that saved the model."""
    saved = config.get("transformers_version")
    return dict(run.versions) or ({"transformers": str(saved)} if saved else {})
