"""`tner-hf predict`: entities in text from the command line, a file, a pipe or a prompt."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from tner_hf.cli.data_options import READING, add_reading_options, given
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import has_colour
from tner_hf.cli.parsing import Parser
from tner_hf.cli.quickstart import require_model
from tner_hf.errors import DataError, SettingError
from tner_hf.features.scripts import explain_strange_scripts
from tner_hf.files import write_file
from tner_hf.formats.options import TOKEN_COLUMNS, ReadOptions
from tner_hf.inference.pipelines.options import Options, Strategy
from tner_hf.inference.shards.answering import answer_batches, text_of
from tner_hf.inference.shards.rows import Batch, read_objects
from tner_hf.inference.shards.shard import Source, read_batches
from tner_hf.inference.shards.sources import open_file
from tner_hf.inference.shards.words_files import WordsFile, read_words
from tner_hf.inference.shards.writing import show_rows
from tner_hf.report.kit.colours import colour_of as hue_and_line

if TYPE_CHECKING:
    from rich.text import Text
    from transformers import PreTrainedTokenizerBase

#: Backgrounds (256-colour palette), one for each hue of the pages, on which black text has a
#: contrast of at least 7:1, and which differ in lightness too, for readers who do not tell hues
#: apart.
_COLOURS = (153, 146, 225, 183, 175, 211, 209, 222, 216, 229, 149, 114, 158, 80, 117, 123)

#: Options that say how the pipeline answers, and are judged before a model is loaded.
_ANSWERING = ("aggregation_strategy", "batch_size", "top_k", "min_score")

#: Words in which scripts are looked for that the model cannot read.
_LOOKED_AT = 2_000

Entity = dict[str, Any]

logger = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run the command; one answer for each text goes to standard output."""
    options = build_parser().parse_args(argv)
    if options.text and options.file:
        raise SettingError("both texts and --file were given; one of them is needed")
    if options.output_file and not options.file:
        raise SettingError("--output_file needs --file, whose contents it repeats")
    Options().changed({name: getattr(options, name) for name in _ANSWERING})
    model = options.model_name_or_path or require_model()
    prompting = not options.text and not options.file and sys.stdin.isatty()
    reading = ReadOptions.of({"word_splitter": "unicode", **given(options, READING)})
    data = source = None
    if options.file and (options.file.is_file() or options.output_file):
        data = read_words(options.file, reading)
        source = None if data is not None else open_file(options.file, reading)

    from tner_hf.inference.pipelines import pipeline

    ner = pipeline(
        model,
        aggregation_strategy=options.aggregation_strategy,
        top_k=options.top_k,
        min_score=options.min_score,
        batch_size=options.batch_size or (1 if prompting else None),
        word_splitter=options.word_splitter,
        device=options.device,
        revision=options.revision,
        corpus=options.corpus,
    )
    if options.output_file:
        write_file(options.output_file, _answer_file(ner, data, source, options))
        return 0
    if data is not None:
        _print_words(ner, data, options)
        return 0
    texts = _read_prompt() if prompting else _read_texts(options, source)
    texts, tagged = tee(texts)  # answers come without the texts that they are of
    words: list[str] = []
    coloured = not (options.json or options.top_k) and has_colour()
    for text, entities in zip(texts, ner(tagged), strict=True):
        words += text.split() if len(words) < _LOOKED_AT else ()
        if coloured:
            _print_coloured(text, entities)
        else:
            print(_show(text, entities, options), flush=prompting)
    tokenizer = cast("PreTrainedTokenizerBase", ner.tokenizer)
    lowered = ner.settings.lowercase
    if said := explain_strange_scripts(words, tokenizer, name="this model", lowercase=lowered):
        logger.warning("%s", said)
    return 0


def _answer_file(
    ner: Any, data: WordsFile | None, source: Source | None, options: argparse.Namespace
) -> Iterator[str]:
    """What a file becomes: its own form with a further column, else an object a line.

    Read and answered as a shard of `tner-hf tag` is; a row that cannot be answered ends it.
    """
    if data is not None:
        batches = read_objects(list(data.objects()), TOKEN_COLUMNS[0])
        tagger = lambda items: ner([each.words for each in items], is_split_into_words=True)  # noqa: E731
        yield from data.write([each for _, found in _answer(batches, tagger) for each in found])
        return
    for batch, found in _answer(read_batches(source), ner) if source is not None else ():
        yield from show_rows(batch, found, _key(options))


def _answer(batches: Iterable[Batch], tagger: Any) -> Iterator[tuple[Batch, list[Any]]]:
    for batch, answers, faults in answer_batches(batches, tagger, most_characters=sys.maxsize):
        _refuse(batch, faults)
        yield batch, answers


def _refuse(batch: Batch, faults: dict[int, str]) -> None:
    """End the command at the first row that has no answer."""
    if faults:
        row, fault = min(faults.items())
        raise DataError(f"row {batch.numbers[row]} of --file cannot be tagged: {fault}")


def _print_words(ner: Any, data: WordsFile, options: argparse.Namespace) -> None:
    """Sentences that are words already, one a line."""
    answers = ner(data.sentences, is_split_into_words=True) if data.sentences else []
    for words, entities in zip(data.sentences, answers, strict=True):
        print(_show(words, entities, options))


def _show(given: str | list[str], entities: list[Entity], options: argparse.Namespace) -> str:
    """A text, or words, with what was found there."""
    if options.json:
        name = "text" if isinstance(given, str) else "tokens"
        return json.dumps({name: given, _key(options): entities}, ensure_ascii=False)
    if options.top_k:
        return list_labels(entities)
    return mark_entities(given if isinstance(given, str) else " ".join(given), entities)


def build_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = Parser(
        prog="tner-hf predict",
        description="Tag running text. Without TEXT and --file the texts are read from standard "
        "input, one a line; at a terminal that is a prompt (q or Ctrl-D ends it).",
        epilog='example: tner-hf predict -m owner/model "Ada Lovelace lived in London."',
    )
    add = parser.add_argument
    add("text", nargs="*", metavar="TEXT", help="texts to tag; quote each")
    add_option(parser, "model_name_or_path",
               help="checkpoint folder or Hub id (default: the quick start's model, if "
                    "`tner-hf demo` has trained it)")  # fmt: skip
    add_option(parser, "revision")
    add("--file", "-f", type=Path,
        help="texts, one a line, or words in any format of `tner-hf datasets formats`")  # fmt: skip
    add_option(parser, "output_file", type=Path,
               help="FILE with what was predicted: a further column, else JSON lines")  # fmt: skip
    add_option(parser, "json", help="print JSON lines: text, entities (words, --top_k)")
    add("--top_k", type=int, metavar="N",
        help="words with their N likeliest labels and the scores, instead of entities")  # fmt: skip
    add("--min_score", type=float, metavar="S",
        help="leave out entities of a lower score; `tner-hf calibrate --min_precision` finds "
             "one")  # fmt: skip
    add("--aggregation_strategy", choices=get_args(Strategy),
        help="how sub-tokens become entities (default: words, as trained)")  # fmt: skip
    add_options(parser, "batch_size", "word_splitter", "corpus", "device")
    add_reading_options(parser, without=("word_splitter",))
    return parser


def mark_entities(text: str, entities: Iterable[Entity]) -> str:
    """The text with its entities in brackets.

    >>> mark_entities("In London.", [{"entity_group": "LOC", "start": 3, "end": 9}])
    'In [London]LOC.'
    """
    pieces, end = [], 0
    for entity in entities:
        pieces += [text[end : entity["start"]], "[", text[entity["start"] : entity["end"]], "]"]
        pieces.append(_type_of(entity))
        end = entity["end"]
    return "".join([*pieces, text[end:]])


def list_labels(words: Iterable[Entity]) -> str:
    r"""A line for each word with its likeliest labels, each with its score, then an empty line.

    >>> word = {"word": "Ada", "labels": [{"label": "B-PER", "score": 0.98}]}
    >>> list_labels([word]).split("\n")
    ['Ada\tB-PER\t0.9800', '']
    """
    fields = (
        [word["word"], *(f"{each['label']}\t{each['score']:.4f}" for each in word["labels"])]
        for word in words
    )
    return "".join("\t".join(each) + "\n" for each in fields)


def colour_entities(text: str, entities: Iterable[Entity]) -> Text:
    """The text with its entities on coloured ground, each followed by its type."""
    from rich.text import Text

    shown, end = Text(), 0
    for entity in entities:
        shown.append(text[end : entity["start"]])
        style = f"black on color({colour_of(_type_of(entity))})"
        shown.append(f" {text[entity['start'] : entity['end']]} ", style=style)
        shown.append(f"{_type_of(entity)} ", style=f"{style} bold")
        end = entity["end"]
    return shown.append(text[end:])


def colour_of(entity_type: str) -> int:
    """The colour of a type at a terminal: the hue that it has on every page."""
    return _COLOURS[hue_and_line(entity_type) % len(_COLOURS)]


def _key(options: argparse.Namespace) -> str:
    """What the answers are called in JSON."""
    return "words" if options.top_k else "entities"


def _type_of(entity: Entity) -> str:
    return str(entity.get("entity_group", entity.get("entity")))


def _print_coloured(text: str, entities: Sequence[Entity]) -> None:
    from rich.console import Console

    Console(highlight=False).print(colour_entities(text, entities), soft_wrap=True)


def _read_texts(options: argparse.Namespace, source: Source | None) -> Iterator[str]:
    """The texts of the command line, of a file, or of standard input, one a line."""
    if options.text:
        yield from options.text
    elif source is not None:
        for batch in read_batches(source):
            _refuse(batch, batch.faults)
            yield from (text_of(item) for item in batch.items if item is not None)
    else:
        try:
            with _open_lines(options.file) as lines:
                yield from (line.rstrip("\r\n") for line in lines)
        except OSError as error:
            raise SettingError(f"--file {options.file}: {error.strerror}") from error


def _open_lines(file: Path | None) -> Any:
    """Standard input, or what is no file of a disk: a pipe."""
    return nullcontext(sys.stdin) if file is None else file.open(encoding="utf-8-sig")


def _read_prompt() -> Iterator[str]:
    """What a person types, until `q` or Ctrl-D."""
    print("type a text to tag; q or Ctrl-D ends", file=sys.stderr)
    while True:
        try:
            text = input("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        if text.strip() == "q":
            return
        yield text
