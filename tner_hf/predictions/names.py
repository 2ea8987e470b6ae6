"""What the user calls models and test sets: `NAME=SOURCE`, or a source that names itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from tner_hf.data.corpora import corpus, corpus_names
from tner_hf.data.own_files import DATA_SUFFIXES
from tner_hf.data.record import read_record
from tner_hf.data.sources import identify, is_hub_id
from tner_hf.errors import SettingError, TnerError

#: Configurations that hold the same text, cut in another way.
_EDITIONS = frozenset({"default", "paper", "unescaped"})


def split_named(text: str) -> tuple[str | None, str]:
    """The name and the source of `NAME=SOURCE`; None for the name where there is none.

    >>> split_named("mine=data/test.txt"), split_named("data/x=y.txt")
    (('mine', 'data/test.txt'), (None, 'data/x=y.txt'))
    """
    name, equals, source = text.partition("=")
    named = bool(name and equals and source) and "/" not in name
    return (name, source) if named else (None, text)


def name_models(
    given: Mapping[str, Any] | Sequence[Any], *, private: bool = False
) -> dict[str, str]:
    """Name to checkpoint; a folder is called by its own name, and by its parents' where needed.

    Args:
        given: checkpoints or `NAME=CHECKPOINT`; or a mapping, which has the names already.
        private: tell folders of one name apart by a number instead: where they lie is nobody's
            business.

    Raises:
        SettingError: two models of one name.

    >>> name_models(["runs/a/best", "runs/b/best", "owner/model", "mine=x/y"])
    {'a/best': 'runs/a/best', 'b/best': 'runs/b/best', 'owner/model': 'owner/model', 'mine': 'x/y'}
    >>> name_models(["runs/a/best", "runs/b/best"], private=True)
    {'best': 'runs/a/best', 'best (2)': 'runs/b/best'}
    """
    if isinstance(given, Mapping):
        return {str(name): str(checkpoint) for name, checkpoint in given.items()}
    pairs = [split_named(str(one)) for one in given]
    sources = [source for _, source in pairs]
    if private:
        return dict(zip(_number([name or _tail(s, 1) for name, s in pairs]), sources, strict=True))
    depth = 1
    while True:
        names = [name or _tail(source, depth) for name, source in pairs]
        if len(set(names)) == len(names) or depth > max(s.count("/") for s in sources):
            return _pair_up("model", names, sources)
        depth += 1


def name_datasets(given: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """Name to test set; a corpus is called by its name, own data by that of its file.

    >>> name_datasets(["wnut2017", "wikiann/ja", "mine=letters/test.txt"])
    {'wnut2017': 'wnut2017', 'wikiann/ja': 'wikiann/ja', 'mine': 'letters/test.txt'}
    """
    if isinstance(given, Mapping):
        return {str(name): source for name, source in given.items()}
    names, sources = [], []
    for one in given:
        if not isinstance(one, str | Path):
            raise SettingError(
                f"a {type(one).__name__} among the datasets has no name; give a mapping: "
                "run_matrix(models, {'mine': dataset, 'wnut2017': 'wnut2017'})"
            )
        name, source = split_named(str(one))
        names.append(name or name_source(source))
        sources.append(source)
    return _pair_up("dataset", names, sources)


def is_corpus(source: Any) -> bool:
    """Whether a source is a corpus that this package knows by name."""
    return isinstance(source, str) and source.partition("/")[0] in corpus_names()


def is_public(source: Any) -> bool:
    """Whether a source is a corpus or Hub dataset, whose name others know too."""
    is_local = isinstance(source, str) and Path(source).expanduser().exists()
    return is_corpus(source) or (isinstance(source, str) and is_hub_id(source) and not is_local)


def list_places(source: Any) -> set[str]:
    """The absolute paths of the user's own files or folders that a source names."""
    if is_public(source):
        return set()
    if isinstance(source, Mapping):
        source = list(source.values())
    if isinstance(source, list | tuple):
        return {place for each in source for place in list_places(each)}
    given = isinstance(source, str | Path)
    return {str(Path(source).expanduser().absolute())} if given else set()


def domain_of(source: str) -> str:
    """A corpus by what makes it another domain: its language, not the edition of its split.

    >>> domain_of("wikiann"), domain_of("wnut2017/paper"), domain_of("ontonotes5/unescaped")
    ('wikiann/en', 'wnut2017', 'ontonotes5')
    >>> domain_of("btc/a"), domain_of("letters")
    ('btc/a', 'letters')
    """
    if not is_corpus(source):
        return source
    name, _, config = source.partition("/")
    config = config or corpus(name).configs[0]
    return name if config in _EDITIONS else f"{name}/{config}"


def knows_corpus(domains: Collection[str], source: Any) -> bool:
    """Whether who was trained on some domains knows a source, itself or as a part of a whole one.

    >>> knows_corpus(["wnut2017", "btc"], "btc/a"), knows_corpus(["wikiann/en"], "wikiann/ja")
    (True, False)
    """
    if isinstance(source, list | tuple):
        return any(knows_corpus(domains, part) for part in source)
    if not is_public(source):
        return False  # its name says nothing: others may call theirs so
    domain = domain_of(source)
    return domain in domains or domain.partition("/")[0] in domains


def name_source(source: Any, config: str | None = None) -> str:
    """What a result calls the data that it was computed on; where it lies is nobody's business.

    >>> name_source("wikiann", "ja"), name_source({"test": "x/a.txt"}), name_source(["fin", "x"])
    ('wikiann/ja', 'a', 'fin + x')
    """
    if isinstance(source, list | tuple):
        return " + ".join(name_source(part) for part in source)
    if hasattr(source, "info"):
        return " + ".join(read_record(source).annotated) or "dataset"
    if not isinstance(source, str | Path | Mapping):
        return "dataset"
    try:
        name = identify(source).name
    except TnerError:  # there is no such thing, or no longer
        name = name_place(str(source))
    return f"{name}/{config}" if config else name


def name_place(source: str) -> str:
    """What data is called that was somewhere; a corpus or Hub dataset by its name.

    >>> name_place("/home/ada/test.txt"), name_place("/home/ada"), name_place("org/notes/en")
    ('test', 'dataset', 'org/notes/en')
    """
    path = Path(source).expanduser()
    if path.suffix in DATA_SUFFIXES:
        return path.stem
    is_place = source.startswith((".", "~")) or path.is_absolute() or source.count("/") > 2
    return "dataset" if is_place or (path.exists() and not is_corpus(source)) else source


def drop_places(name: str) -> str:
    """What a page calls sources that were given as paths: where they lie is nobody's business.

    >>> drop_places("fin + /home/ada/letters/test.txt"), drop_places("owner/model")
    ('fin + test', 'owner/model')
    """
    return "".join(map(_drop_place, re.split(r"(, | \+ )", name)))


def is_place(name: str) -> bool:
    """Whether a model or dataset lies in the file system, and so has no public name."""
    path = Path(name).expanduser()
    is_path = path.is_absolute() or name.startswith(".")
    return is_path or path.suffix in DATA_SUFFIXES or path.exists()


def _drop_place(name: str) -> str:
    path = Path(name).expanduser()
    if is_corpus(name) or not is_place(name):
        return name
    if path.suffix in DATA_SUFFIXES:
        return path.stem
    return _tail(name, 1) if path.exists() else path.name


def _tail(source: str, depth: int) -> str:
    path = Path(source).expanduser()
    if not path.exists():
        # The id of a Hub model is its name, owner included.
        return source if source.count("/") == 1 else "/".join(path.parts[-depth:])
    # `.` and `..` have a name as well. Links stay: `best` is what it is called, not what it is.
    whole = path.resolve() if ".." in path.parts else path.absolute()
    return "/".join(whole.parts[-depth:])


def _number(names: Sequence[str]) -> list[str]:
    """Names of which none occurs twice."""
    numbered: list[str] = []
    for name in names:
        free, number = name, 1
        while free in numbered:
            number += 1
            free = f"{name} ({number})"
        numbered.append(free)
    return numbered


def _pair_up(kind: str, names: Sequence[str], sources: Sequence[Any]) -> dict[str, Any]:
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        name = twice[0]
        meant = [str(s) for n, s in zip(names, sources, strict=True) if n == name]
        raise SettingError(
            f"{kind} {name!r} is given {len(meant)} times ({', '.join(meant)}); tell them apart: "
            f"NAME={meant[0]}"
        )
    return dict(zip(names, sources, strict=True))
