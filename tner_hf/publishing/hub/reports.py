"""`push_report`: the tables of `tner-hf reproduce` on one page, their numbers beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tner_hf.errors import SettingError
from tner_hf.files import read_json
from tner_hf.lab.reproduce.render import render_markdown
from tner_hf.lab.reproduce.result import Reproduction
from tner_hf.publishing.hub.contents import Content
from tner_hf.publishing.hub.publishing import Pushed, publish
from tner_hf.publishing.hub.target import Target, aim

_NUMBERS = "reproduce.json"

#: Tables of an earlier push that are no longer there.
_REPLACED = (f"*/{_NUMBERS}",)

#: A dataset without a viewer: nothing else on the Hub shows a page beside files.
_HEAD = """\
---
pretty_name: The tables of the T-NER paper again
tags: [ner, tner-hf]
viewer: false
---

# The tables of the T-NER paper again

Made by `tner-hf reproduce`. The numbers are in `reproduce.json` in the folder of each table.
"""


def push_report(
    folder: str | Path,
    repo_id: str | Target,
    **publishing: Any,
) -> Pushed:
    """Publish all tables of an output folder of `tner-hf reproduce` as one report.

    Args:
        folder: what `--output_dir` of the runs was.
        repo_id: `owner/name` of a dataset repository, or a `Target`.
        **publishing: fields of `Target` beside it, e.g. `dry_run=True`.

    Raises:
        SettingError: there is no table in the folder.
        DataError: a table is of another version.
        HubError: the Hub did not take it.
    """
    target = aim(repo_id, "dataset", _REPLACED, publishing)
    tables = sorted(Path(folder).expanduser().glob(f"*/{_NUMBERS}"))
    if not tables:
        raise SettingError(f"{folder} holds no table; give the --output_dir of `tner-hf reproduce`")
    pages = [render_markdown(Reproduction.from_dict(read_json(path))) for path in tables]
    # Each page has a title of its own, which is a part of this one's.
    text = "\n".join([_HEAD, *(re.sub("^#", "##", page, flags=re.MULTILINE) for page in pages)])
    files: dict[str, Content] = {f"{path.parent.name}/{_NUMBERS}": path for path in tables}
    return publish({"README.md": text.encode(), **files}, target)
