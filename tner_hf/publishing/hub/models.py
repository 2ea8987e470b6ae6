"""`push_model`: a checkpoint with its card, scores and matrix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tner_hf.config import ADAPTER_FOLDER
from tner_hf.errors import CheckpointError
from tner_hf.files import read_json
from tner_hf.labels.spellings import read_tags
from tner_hf.models import ADAPTER_CONFIG, ADAPTER_WEIGHTS, base_of, fingerprint_model
from tner_hf.models.adapters import BASE_KEYS
from tner_hf.predictions.names import drop_places, is_place
from tner_hf.publishing.cards import collect_facts, render_card
from tner_hf.publishing.cards.facts import Parity
from tner_hf.publishing.cards.scores import find_score_files
from tner_hf.publishing.cards.transfer import MATRIX_FILE
from tner_hf.publishing.hub.benchmarks import EVAL_RESULTS, collect_eval_results
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.parity_gate import check_gate, find_sentences
from tner_hf.publishing.hub.publishing import Pushed, publish
from tner_hf.publishing.hub.target import Target, aim, take_target
from tner_hf.runs import RUN_FILE, Run, find_home

#: What transformers needs to load a model and its tokenizer.
_LOADED = (
    "config.json", "model*.safetensors", "model.safetensors.index.json", ADAPTER_WEIGHTS,
    "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt",
    "*.bpe.model", "spiece.model", "spm.model",
)  # fmt: skip

#: What a run says of itself; `RUN_FILE` names files of its machine and stays there.
_SCORES = (
    "train_results.json", "eval_results.json", "test_results.json", "all_results.json",
    "scores_per_epoch.json",
)  # fmt: skip

#: The parts of a matrix that a card shows or that others may want to compute with.
_MATRIX = ("matrix.json", "matrix.csv", "matrix.png", "matrix.svg")

#: Weights and scores of an earlier push must not survive beside new ones: `from_pretrained` would
#: take an old `model.safetensors` before the shards of a new model.
_REPLACED = (
    "*.safetensors", "*.safetensors.index.json", "pytorch_model*", "scores/*", "matrix/*", "onnx/*",
    f"{ADAPTER_FOLDER}/*", ADAPTER_CONFIG, EVAL_RESULTS,
    # What Trainer pushes of a training in progress.
    RUN_FILE, "trainer_state.json", "training_args.bin",
)  # fmt: skip

#: Keys under which earlier versions wrote where something lies.
_PLACES = frozenset({"model", "checkpoint", "dataset", "source"})


def push_model(
    checkpoint: str | Path,
    repo_id: str | Target,
    *,
    adapter: bool = False,
    force: bool = False,
    predictions_file: str | Path | None = None,
    sentences: Sequence[Sequence[str]] | None = None,
    results: Sequence[str | Path] | None = None,
    matrix_folder: str | Path | None = None,
    **card: Any,
) -> Pushed:
    """Publish a checkpoint: weights, tokenizer, configuration, card, scores and matrix.

    Before anything is sent, the entities that evaluation, `tner_hf.pipeline` and the plain
    transformers pipeline find in the test set's sentences are compared. Only files that changed
    are uploaded, all in one commit; a second call completes what a first one could not.

    Args:
        checkpoint: the folder of a model, as training left it.
        repo_id: `owner/name`, or a `Target`.
        adapter: publish the adapter of a run with `--lora_r` alone, without its base, which
            others must be able to load: where it was a folder, `base_model` says what it is called
            on the Hub. The folder of an adapter is published so in any case.
        force: publish although the comparison found differences; the card says so.
        predictions_file: sentences for the comparison, as `tner-hf evaluate --predictions_file`
            wrote them; without it those in the folder, or the run's test set.
        sentences: lists of words to compare on where there is none of these.
        results: files of `tner-hf evaluate --output_file`; None for those in the folder.
        matrix_folder: output of `tner-hf matrix`; None for `matrix/` in the folder, if any.
        **card: fields of `Target` beside it, e.g. `dry_run=True`; and more for the card: `name`,
            `license`, `languages`, `base_model`, `new_version`, `widget`, `dataset_ids`,
            `allow_unscored`; see `tner_hf.publishing.cards.collect_facts`.

    Raises:
        CheckpointError: there is no model or adapter in the folder, or none in safetensors.
        SettingError: something that was given cannot be used.
        HubError: the comparison found differences, or the Hub did not take it.
    """
    folder = Path(checkpoint).expanduser()
    target = aim(repo_id, "model", _REPLACED, take_target(card))
    model = _find_adapter(folder, wanted=adapter)
    base: dict[str, str | None] = {}
    if model is None:
        model = folder
    else:
        base = _name_base(model, card.get("base_model"))
        card["base_model"] = base["base_model_name_or_path"]
        folder = find_home(folder)  # whose scores are the adapter's
    _check_weights(model)
    _check_labels(model)
    facts = collect_facts(
        folder, results=results, matrix_folder=matrix_folder, repo_id=target.repo_id, **card
    )
    run = Run.read(folder) or card.get("run") or Run()
    found = find_sentences(folder, facts.types, run, predictions_file, sentences)
    report = check_gate(model, facts, found, force=force)
    text = render_card(replace(facts, parity=Parity.of(report), adapter_of=base))
    files = {
        **collect_files(
            folder, target.repo_id, model=model, results=results, matrix_folder=matrix_folder
        ),
        **({ADAPTER_CONFIG: _write_base(model / ADAPTER_CONFIG, base)} if base else {}),
        **collect_eval_results(facts, target),
        "README.md": text.encode(),
    }
    return publish(files, target)


def collect_files(
    folder: Path,
    repo_id: str,
    *,
    model: Path | None = None,
    results: Sequence[str | Path] | None = None,
    matrix_folder: str | Path | None = None,
) -> dict[str, Content]:
    """The files of a checkpoint that are published, all but the card.

    Args:
        folder: of the run.
        repo_id: `owner/name`.
        model: folder of its adapter, where that is published alone.
        results: as for `push_model`.
        matrix_folder: as for `push_model`.
    """
    is_whole = model is None or not (model / ADAPTER_CONFIG).is_file()
    files: dict[str, Content] = {
        path.name: path
        for pattern in _LOADED
        for path in sorted((model or folder).glob(pattern))
        if path.is_file()
    }
    for path in (folder / name for name in _SCORES):
        if path.is_file():
            files[path.name] = _without_paths(path, folder, repo_id)
    for path in find_score_files(folder) if results is None else map(Path, results):
        where = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        where = where if "/" in where else f"scores/{where}"
        files[where] = _without_paths(path.expanduser(), folder, repo_id)
    matrix = Path(matrix_folder or folder / "matrix").expanduser()
    for path in (matrix / name for name in _MATRIX):
        if path.suffix == ".json" and path.is_file():
            files[f"matrix/{path.name}"] = _without_paths(path, folder, repo_id)
        elif path.is_file():
            files[f"matrix/{path.name}"] = path
    beside = [*(folder / "onnx").rglob("*"), *(folder / ADAPTER_FOLDER).glob("adapter_*")]
    for path in sorted(beside) if is_whole else ():
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = path
    own = folder / ADAPTER_FOLDER / ADAPTER_CONFIG
    if is_whole and own.is_file() and is_place(_read_base(own) or ""):
        nowhere = dict.fromkeys(BASE_KEYS)
        files[own.relative_to(folder).as_posix()] = _write_base(own, nowhere)
    return files


def _find_adapter(folder: Path, *, wanted: bool) -> Path | None:
    """The folder of the adapter that is published alone; None for the whole model."""
    if (folder / ADAPTER_CONFIG).is_file():
        return folder
    if not wanted:
        return None
    if not (folder / ADAPTER_FOLDER / ADAPTER_CONFIG).is_file():
        raise CheckpointError(
            f"{folder} holds no adapter, neither itself nor in its folder {ADAPTER_FOLDER!r}; "
            "tner-hf train --lora_r 8 makes one. Leave --adapter out to publish the whole model"
        )
    return folder / ADAPTER_FOLDER


def _name_base(adapter: Path, given: str | None) -> dict[str, str | None]:
    """What the published `adapter_config.json` says of the base; no folder of this machine."""
    known = base_of(str(adapter))
    if known is None:  # `_find_adapter` saw it
        raise CheckpointError(f"{adapter} is no adapter")
    name, revision = (
        (given, None) if given and given != known.name else (known.name, known.revision)
    )
    if is_place(name):
        raise CheckpointError(
            f"the base of {adapter} is {name}, a folder of this machine, and an adapter alone is "
            "nothing without it; say what it is called on the Hub: --base_model owner/name"
        )
    return dict(zip(BASE_KEYS, (name, revision), strict=True))


def _read_base(path: Path) -> str | None:
    name = (read_json(path) or {}).get(BASE_KEYS[0])
    return name if isinstance(name, str) else None


def _write_base(path: Path, base: Mapping[str, str | None]) -> bytes:
    """An `adapter_config.json` with another base."""
    return (json.dumps({**(read_json(path) or {}), **base}, indent=2) + "\n").encode()


def _check_weights(folder: Path) -> None:
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder} is no folder; push the output folder of a training, or save a model first "
            "with model.save_pretrained and tokenizer.save_pretrained"
        )
    weights: Iterable[Path] = folder.glob("*.safetensors")
    if not any(weights):
        raise CheckpointError(
            f"{folder} holds no weights in safetensors, the only form that is published. Load the "
            "model with AutoModelForTokenClassification.from_pretrained and save it again with "
            "save_pretrained"
        )


def _check_labels(folder: Path) -> None:
    """This package reads other spellings of tags; what people use without it does not."""
    stored = (read_json(folder / "config.json") or {}).get("id2label") or {}
    names = [str(name) for _, name in sorted((int(i), n) for i, n in stored.items())]
    odd = [name for name, tag in zip(names, read_tags(names), strict=True) if name != tag]
    if odd:
        raise CheckpointError(
            f"{folder / 'config.json'} names labels that are no tags ({', '.join(odd[:4])} …), "
            "and plain transformers would show them as types. Write the tags into id2label and "
            "label2id, e.g. B-person for B_person and O for [CLS], and push that"
        )


def _without_paths(path: Path, folder: Path, repo_id: str) -> bytes:
    """A JSON file without the folders of this machine: the checkpoint has its name on the Hub."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    here = folder.resolve()
    # Rows of a matrix may have folders of one name; these are told apart by what is in them.
    ours = fingerprint_model(folder) if path.name == MATRIX_FILE else None

    def clean(value: Any, key: str = "", *, is_ours: bool = False) -> Any:
        if isinstance(value, dict):
            found = ours is not None and value.get("fingerprint") == ours
            return {name: clean(inner, name, is_ours=found) for name, inner in value.items()}
        if isinstance(value, list):
            return [clean(inner, key) for inner in value]
        if not isinstance(value, str) or key not in _PLACES:
            return value
        if key == "model":
            is_ours = value == here.name or Path(value).expanduser().resolve() == here
        return repo_id if is_ours and key in {"model", "checkpoint"} else drop_places(value)

    return (json.dumps(clean(stored), ensure_ascii=False, indent=2) + "\n").encode()
