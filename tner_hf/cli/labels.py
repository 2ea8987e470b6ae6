"""`tner-hf labels`: the unified types, what a label map does, and a proposal for one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tner_hf.cli.data_options import READING, add_reading_options, given
from tner_hf.cli.options import add_option, add_options
from tner_hf.cli.output import Output, quiet_libraries
from tner_hf.cli.parsing import Parser
from tner_hf.cli.subcommands import command_adder, run_command
from tner_hf.labels import OUTSIDE, UNIFIED

if TYPE_CHECKING:
    from tner_hf.lab.analysis.suggesting import Suggestion

#: Options that `load_dataset` understands and that are handed on where they are given.
_LOADING = ("data_dir", "cache_dir", *READING)


def main(argv: Sequence[str]) -> int:
    """Run one of the sub-commands."""
    return run_command(build_parser(), argv)


def build_parser() -> argparse.ArgumentParser:
    """The options of all sub-commands."""
    parser = Parser(
        prog="tner-hf labels",
        description="Entity types: the unified ones, and maps from a corpus's own types to them.",
        epilog="example: tner-hf labels show wnut2017",
    )
    command = command_adder(parser)

    listed = command(
        "list", _list, "list the unified types and the native types that become them", "list"
    )
    listed.add_argument(
        "--markdown", action="store_true", help="as a page, with meanings and what is debatable"
    )

    show = command(
        "show", _show, "show what a label map does, or a corpus's types", "show map.yaml"
    )
    show.add_argument(
        "name", metavar="MAP", help="YAML file, shipped map (unified-1), or corpus for the default"
    )

    suggest = command(
        "suggest",
        _suggest,
        "propose a label map from what a model predicts where a corpus has its own types",
        "suggest -m runs/conll -d wnut2017 -o map.yaml",
    )
    add_option(suggest, "model_name_or_path", required=True)
    add_option(suggest, "revision")
    which = suggest.add_mutually_exclusive_group(required=True)
    add_option(which, "dataset_name", nargs=None, help="corpus, Hub id or folder")
    add_option(which, "test_file", nargs=None, help="your own IOB, JSON lines or Parquet file")
    add_options(suggest, "dataset_config", "split", "data_dir", "cache_dir")
    add_options(suggest, "batch_tokens", "device")
    add_option(suggest, "output_file", metavar="MAP", help="write the map as YAML")
    add_reading_options(suggest)
    return parser


def _list(options: argparse.Namespace, output: Output) -> int:
    if options.markdown:
        from tner_hf.data.types_page import render_types

        output.text(render_types().rstrip())
        return 0
    natives: dict[str, list[str]] = {target: [] for target in UNIFIED.targets}
    for native, target in UNIFIED.aliases.items():
        natives[target].append(native)
    output.data({"version": UNIFIED.version, "types": natives, "corpora": UNIFIED.corpora})
    for corpus, own in UNIFIED.corpora.items():
        for native, target in own.items():
            natives[target].append(f"{native} (of {corpus})")
    output.table(["unified type", "native types"], [[t, ", ".join(n)] for t, n in natives.items()])
    output.text(
        f"\n{UNIFIED.version}: {len(UNIFIED.targets)} types, {len(UNIFIED.aliases)} native names, "
        "matched exactly. A type that is not listed keeps its name."
    )
    return 0


def _show(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.data.corpora import corpus, corpus_names
    from tner_hf.labels.maps import as_label_map

    name, _, config = options.name.partition("/")
    if name in corpus_names() and not Path(options.name).is_file():
        types = dict(corpus(name).types_of(config or None))
        output.data({"version": UNIFIED.version, "types": types})
        output.table(["native type", "unified type"], [[n, u] for n, u in types.items()])
        return 0
    label_map = as_label_map(options.name)
    others = [
        native
        for native, target in label_map.aliases.items()
        if native not in label_map.origins and target != UNIFIED.map_type(native)
    ]
    changed = {native: label_map.map_type(native) for native in (*label_map.origins, *others)}
    output.data(
        {
            "version": label_map.version,
            "types": dict(label_map.aliases),
            "corpora": {name: dict(own) for name, own in label_map.corpora.items()},
            "own": dict(label_map.origins),
        }
    )
    output.table(
        ["native type", "becomes", "shipped map", "line"],
        [
            [
                native,
                "dropped" if target == OUTSIDE else target,
                UNIFIED.aliases.get(native),
                label_map.origins.get(native),
            ]
            for native, target in changed.items()
        ],
    )
    output.text(f"\n{label_map.version}: what results record as label_map")
    return 0


def _suggest(options: argparse.Namespace, output: Output) -> int:
    from tner_hf.files import write_file
    from tner_hf.lab.analysis.suggesting import suggest_label_map
    from tner_hf.predictions import predict_split

    quiet_libraries()
    source = {options.split: options.test_file} if options.test_file else options.dataset_name
    predicted = predict_split(
        options.model_name_or_path,
        source,
        options.dataset_config,
        split=options.split,
        native=True,
        batch_tokens=options.batch_tokens,
        device=options.device,
        revision=options.revision,
        **given(options, _LOADING),
    )
    suggestion = suggest_label_map(predicted)
    output.data(suggestion.to_dict())
    _show_suggestion(suggestion, output)
    if options.output_file:
        write_file(options.output_file, suggestion.to_yaml())
        output.text(f"\nwritten to {options.output_file}; read it, then give it as --label_map")
    else:
        output.text(f"\n{suggestion.to_yaml()}".rstrip())
    return 0


def _show_suggestion(suggestion: Suggestion, output: Output) -> None:
    output.heading(
        f"{Path(suggestion.model).name} on {suggestion.dataset}, split "
        f"{suggestion.split}; types of the model: {', '.join(suggestion.model_types)}"
    )
    output.table(
        ["corpus type", "entities", "found", "model says", "overlapping", "exact", "precision",
         "surely", ""],
        [
            [
                each.native,
                each.entities,
                each.found,
                each.target,
                each.matches[each.target].overlapping if each.target else None,
                each.matches[each.target].exact if each.target else None,
                each.precision,
                each.lower_bound,
                each.status,
            ]
            for each in suggestion.types
        ],
    )  # fmt: skip
    for warning in suggestion.warnings():
        output.text(f"look at: {warning}")
