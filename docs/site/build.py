"""The documentation as a site: `make docs`, or `python docs/site/build.py FOLDER`.

The pages are those of docs/ and the README as they lie in the repository, so that they read well
there too; here their links to each other are turned to where the pages stand in the site. The
references of the command line and of Python are written anew, from the parsers and the docstrings.
"""

from __future__ import annotations

import argparse
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tner_hf.data.corpora import Corpus

REPOSITORY = Path(__file__).resolve().parents[2]

#: Files of the repository that are pages of the site, with the page's name.
PAGES = {
    "README.md": "index.md",
    "benchmarks/README.md": "benchmarks.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}

#: Where a notebook's buttons are put.
_COLAB = "<!-- colab -->"

_LINK = re.compile(r"(?<=\]\()(?!https?://|#|mailto:)([^)#\s]+)(#[^)\s]*)?(?=\))")


def main() -> int:
    """Stage and build; the status is zensical's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what is built, the site in its html/")
    folder = parser.parse_args().folder.resolve()
    stage(folder)
    build = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    return subprocess.run(build, cwd=folder, check=False).returncode


def stage(folder: Path) -> None:
    """Put everything that the site is made of into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    shutil.copytree(REPOSITORY / "docs", docs, ignore=shutil.ignore_patterns("site"))
    shutil.copytree(REPOSITORY / "benchmarks" / "plots", docs / "plots")
    shutil.copy(REPOSITORY / "docs" / "site" / "zensical.toml", folder)
    shutil.copy(REPOSITORY / "docs" / "site" / "extra.css", docs)
    for page in docs.glob("*.md"):
        text = page.read_text("utf-8").replace(_COLAB, render_buttons(page.stem))
        page.write_text(turn_links(text, "docs"), "utf-8")
    for source, name in PAGES.items():
        text = (REPOSITORY / source).read_text("utf-8")
        (docs / name).write_text(turn_links(text, str(Path(source).parent)), "utf-8")
    (docs / "cli.md").write_text(render_commands(), "utf-8")
    (docs / "declared.md").write_text(render_declared(), "utf-8")
    (docs / "api.md").write_text(render_api(), "utf-8")


def render_buttons(name: str) -> str:
    """Links to a notebook: in Colab, which fetches it from the repository's address, and here."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    address = re.fullmatch(r"https://(github\.com/.+)", project["urls"].get("Repository", ""))
    colab, here = "https://colab.research.google.com/", f"[Download]({name}.ipynb)"
    if address:
        where = f"{colab}{address[1].replace('.com', '', 1)}/blob/main/docs/{name}.ipynb"
        return f"[Open in Colab]({where}){{ .md-button }} {here}{{ .md-button }}"
    return f"[Open Colab]({colab}){{ .md-button }} {here}{{ .md-button }} and upload it there."


def turn_links(text: str, folder: str) -> str:
    """The text of a page with its links as they are in the site, where all pages lie together.

    >>> turn_links("[a](../benchmarks/README.md#gpu), [b](scores.md)", "docs")
    '[a](benchmarks.md#gpu), [b](scores.md)'
    >>> turn_links("![c](docs/images/c.png) [d](https://example.org)", ".")
    '![c](images/c.png) [d](https://example.org)'
    """

    def turn(link: re.Match[str]) -> str:
        target = (REPOSITORY / folder / link[1]).resolve().relative_to(REPOSITORY).as_posix()
        for start in ("docs/", "benchmarks/plots/"):
            if target.startswith(start):
                target = f"plots/{Path(target).name}" if "plots" in start else target[len(start) :]
        return PAGES.get(target, target) + (link[2] or "")

    return _LINK.sub(turn, text)


def render_commands() -> str:
    """The reference of the command line, from the parsers themselves."""
    from tner_hf.cli import COMMANDS
    from tner_hf.cli.parsing import find_commands

    def walk(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
        inner = [each for group in find_commands(parser) for each in group.choices.items()]
        if not inner:
            yield _render_command(parser, name)
        for word, each in inner:
            yield from walk(each, f"{name} {word}")

    letters = (
        "One letter stands for the same flag everywhere: `-m` for `--model_name_or_path`, `-d` for "
        "`--dataset_name`, `-o` for `--output_dir` or `--output_file`. `--max-length` is "
        "`--max_length`. Where a script reads the answer, `--json` gives it."
    )
    parts = ["# Command line", letters]
    for name, (module, _) in COMMANDS.items():
        parts += walk(importlib.import_module(module).build_parser(), f"tner-hf {name}")
    return "\n\n".join(parts) + "\n"


def _render_command(parser: argparse.ArgumentParser, name: str) -> str:
    from tner_hf.cli.parsing import Help

    shown = Help(name)
    parts = [f"## {name}", _escape(parser.description or "")]
    for group in parser._action_groups:
        rows = [
            f"| {_show_flag(shown, action)} | {_escape(shown._expand_help(action))} |"
            for action in group._group_actions
            if action.help and action.help != argparse.SUPPRESS and action.dest != "help"
        ]
        if rows:
            title = str(group.title).removeprefix("positional ")
            parts.append("\n".join([f"| {title} | what it says |", "|---|---|", *rows]))
    examples = (parser.epilog or "").partition(":")[2].strip("\n")
    lines = [line.strip() for line in examples.splitlines()]
    return "\n\n".join([*parts, "\n".join(["```text", *lines, "```"])])


def _show_flag(shown: argparse.HelpFormatter, action: argparse.Action) -> str:
    text = shown._format_action_invocation(action).replace("|", "\\|")
    return f"`{text}`"


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def render_declared() -> str:
    """Every corpus and every format, from what their modules declare."""
    from tner_hf.data.corpora import CORPORA, corpus
    from tner_hf.formats.table import FORMATS
    from tner_hf.report.columns import markdown_table

    rows = [(f.name, f.title, " ".join(f.suffixes), f.example) for f in FORMATS]
    head = ("format", "what it is", "files", "for example")
    cells = [head, *([_escape(each) for each in row] for row in rows)]
    text = "From the declarations of the loading scripts and readers, as this site was built."
    parts = ["# All corpora and formats", text, "## Formats", markdown_table(cells, text_columns=4)]
    for name in CORPORA:
        parts += _render_corpus(corpus(name))
    return "\n\n".join(parts) + "\n"


def _render_corpus(facts: Corpus) -> Iterator[str]:
    from tner_hf.report.columns import markdown_table

    may = "may be" if facts.redistributable else "must not be"
    yield f"## {facts.name}"
    yield (
        f"[{_escape(facts.title)}]({facts.homepage}): named entities in {_escape(facts.domain)}; "
        f"{_escape(facts.licence)}: the converted corpus {may} published."
    )
    yield f"Languages: {' '.join(facts.languages)}."
    if len(facts.configs) > 1 and set(facts.configs) != set(facts.languages):
        yield f"Configurations: {' '.join(f'`{each}`' for each in facts.configs)}."
    types = [(f"`{native}`", f"`{unified}`") for native, unified in facts.types.items()]
    yield markdown_table([("type", "unified"), *types], text_columns=2)
    counted = [
        (config, split, *(f"{n:,}" for n in (size.sentences, size.tokens, size.entities)))
        for config, splits in facts.counts.items()
        for split, size in splits.items()
    ]
    if counted:
        columns = ("configuration", "split", "sentences", "tokens", "entities")
        yield markdown_table([columns, *counted], text_columns=2)


def render_api() -> str:
    """The reference of Python: the public names of the package, by their docstrings."""
    import tner_hf
    from tner_hf._lazy import find_homes

    homes = find_homes("tner_hf")
    names = [name for name in tner_hf.__all__ if name not in {"__version__", "metrics"}]
    entries = [f"::: {homes[name]}.{name}" for name in names]
    text = "What `import tner_hf` offers; every name loads what it needs when it is first used."
    return "\n\n".join(["# Python", text, *entries]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
