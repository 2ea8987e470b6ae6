"""The programmatic side: the functions that visitors call over the API."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from tner_hf.demo.answers import (
    check_models,
    check_text,
    find_entities_in,
    warn_of_scripts,
)
from tner_hf.demo.batch import tag_upload
from tner_hf.demo.bodies import Endpoint
from tner_hf.demo.checking import check_models_on
from tner_hf.demo.settings import DemoSettings
from tner_hf.demo.shelf import Shelf
from tner_hf.demo.uploads import clean_name, read_gold, read_upload
from tner_hf.demo.work import Work
from tner_hf.errors import DataError, SettingError, TnerError
from tner_hf.report.kit.colours import colours_of


class Endpoints:
    """The functions of the API. Each takes its arguments and the `work` that it is."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    @property
    def settings(self) -> DemoSettings:
        """The demo's settings."""
        return self.shelf.settings

    def predict(
        self, text: str, model: str = "", aggregation_strategy: str = "words", *, work: Work
    ) -> list[dict[str, Any]]:
        """The entities of a text, as the model's pipeline gives them.

        Args:
            text: what to tag.
            model: one of those on offer; the first where empty.
            aggregation_strategy: `words`, as trained; or `none`, `simple`, `first`, `average`,
                `max` for what transformers' own pipeline gives.
            work: the clock of this request.
        """
        check_text(text, self.settings)
        ner = self.shelf.find(check_models([model] if model else [], self.shelf)[0])
        if aggregation_strategy == "words":
            answer: list[dict[str, Any]] = find_entities_in(text, ner, work)["entities"]
            return answer
        with work.at_models():
            found: list[dict[str, Any]] = ner(text, aggregation_strategy=aggregation_strategy)
        return [{**entity, "score": float(entity["score"])} for entity in found]

    def tag(
        self,
        text: str,
        models: list[str] | None = None,
        lowercase: bool = False,
        best: bool = False,
        *,
        work: Work,
    ) -> dict[str, Any]:
        """The entities that several models find in a text of any length.

        Args:
            text: what to tag.
            models: some of those on offer; the first where empty.
            lowercase: whether the models see the text in lower case.
            best: tell the three likeliest types of each word, too.
            work: the clock of this request.

        Returns:
            `answers`, one a model with its `entities`, the number of `words`, their `spans`,
            whether they were `windowed`, the `seconds` that it took, and `warnings` for a reader;
            and the colours of all `types`. With `best` also the likeliest types of each word with
            their probabilities, `O` for none; an empty list where the model did not see the word.
        """
        check_text(text, self.settings)
        answers: list[dict[str, Any]] = []
        for name in check_models(models or [], self.shelf):
            ner = self.shelf.find(name)
            began = time.perf_counter()
            found = find_entities_in(text, ner, work, lowercase=lowercase, best=best)
            seconds = round(time.perf_counter() - began, 4)
            words = [text[start:end] for start, end in found["spans"]]
            warnings = warn_of_scripts(words, name, ner, work, lowercase=lowercase)
            told = {"words": len(words), "seconds": seconds, "warnings": warnings}
            answers.append({"model": name, **found, **told})
        types = (e["entity_group"] for answer in answers for e in answer["entities"])
        return {"answers": answers, "types": colours_of(types)}

    def check(
        self,
        iob: str,
        models: list[str] | None = None,
        lowercase: bool = False,
        unify: bool = False,
        name: str = "",
        *,
        work: Work,
    ) -> dict[str, Any]:
        """Models against gold tags: every entity in its class, and both F1 scores.

        Args:
            iob: text of a CoNLL or IOB file, in any of the schemes that are told apart.
            models: some of those on offer; the first where empty.
            lowercase: whether the models see the text in lower case.
            unify: whether `PER`, `LOC` … become the unified `person`, `location`, in the gold tags
                and in what the models say, as `tner-hf evaluate` has it.
            name: of the file, for messages.
            work: the clock of this request.
        """
        self._check_size(name, iob)
        gold = read_gold(name, iob)
        chosen = check_models(models or [], self.shelf)
        pipelines = {name: self.shelf.find(name) for name in chosen}
        return check_models_on(gold, pipelines, work, lowercase=lowercase, unify=unify)

    def tag_file(
        self,
        name: str,
        content: str,
        model: str = "",
        lowercase: bool = False,
        file_format: str = "",
        *,
        work: Work,
    ) -> dict[str, Any]:
        """Every text of a file: `.txt`, `.jsonl`, `.csv` or CoNLL.

        Args:
            name: of the file; its ending tells the format.
            content: its text. Nothing is written to the server's disk under this name.
            model: one of those on offer; the first where empty.
            lowercase: whether the model sees the text in lower case.
            file_format: `txt`, `jsonl`, `csv` or `conll`, where the name does not tell it.
            work: the clock of this request.
        """
        self._check_size(name, content)
        upload = read_upload(name, content, file_format)
        chosen = check_models([model] if model else [], self.shelf)[0]
        return tag_upload(upload, self.shelf.find(chosen), work, model=chosen, lowercase=lowercase)

    def named(self) -> dict[str, Endpoint]:
        """Name in the API to endpoint."""
        own = (self.predict, self.tag, self.check, self.tag_file)
        return {function.__name__: Endpoint.of(_answering(function)) for function in own}

    def _check_size(self, name: str, content: str) -> None:
        size = len(content.encode())
        if size > self.settings.max_upload_bytes:
            raise SettingError(
                f"{clean_name(name)} has {size:,} bytes; this demo takes "
                f"{self.settings.max_upload_bytes:,}. Cut it into parts, or use "
                "`tner-hf predict --file` on a machine of your own"
            )


def _answering(function: Callable[..., Any]) -> Callable[..., tuple[Any, bool]]:
    """A function with its errors as messages for people: what it says, and whether it worked."""

    @functools.wraps(function)
    def answer(**arguments: Any) -> tuple[Any, bool]:
        try:
            return function(**arguments), True
        except TnerError as error:
            return {"error": say_error(error)}, False

    return answer


def say_error(error: TnerError) -> str:
    r"""An error for somebody who looks at one file, which therefore needs no name in each line.

    >>> from tner_hf.errors import Problem
    >>> say_error(DataError("a.txt cannot be read:", [Problem("a.txt", 2, "no tag")]))
    'a.txt cannot be read:\nline 2: no tag'
    """
    if not isinstance(error, DataError) or not error.problems:
        return str(error)
    shown = [f"line {p.line}: {p.message}" for p in error.problems[: error.SHOWN]]
    more = len(error.problems) - len(shown)
    lines = [str(error).partition("\n")[0], *shown, *([f"… and {more:,} more"] if more else [])]
    return "\n".join(lines)
