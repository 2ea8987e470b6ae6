"""What becomes of mutated lines of real corpora: `python tests/fuzz/mutate_lines.py FOLDER`.

FOLDER holds raw corpora as `TNER_HF_SOURCES` does. Every line gets one mutation, a thousand make a
file, and the reader of IOB files says of each what it is. Nothing may be raised.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tner_hf.formats.iob import scan_iob
from tner_hf.formats.iob_lines import BLANKS, list_all
from tner_hf.formats.options import ReadOptions

#: Plain column files, and how their columns lie.
FILES = {
    "wnut2017/wnut17train.conll": {},
    "btc/btc.train": {},
    "mit_restaurant/restauranttrain.bio": {"token_column": 1, "tag_column": 0},
    "masakhaner2/swa/train.txt": {},
    "crossner/politics/test.txt": {},
    "uner/da_ddt-ud-train.iob2": {"token_column": 1, "tag_column": 2},
}
ODD = "\t \r\x00\x0b\x1c\x85\xa0\u2028\u3000\u200b\ufeff\U0001f600é#|,\"'-_"
LINES = 1000


def mutate(line: str, chance: random.Random) -> str:
    """The line with one thing changed."""
    at = chance.randrange(len(line) + 1)
    cells = line.split("\t" if "\t" in line else " ")
    which = chance.randrange(len(cells))
    kind = chance.randrange(8)
    if kind == 0:
        return line[:at] + chance.choice(ODD) + line[at:]
    if kind == 1:
        return line[:at] + line[at + 1 :]
    if kind == 2:
        return line[:at] + chr(chance.randrange(1, 0xD800)) + line[at + 1 :]
    if kind == 3:
        return line[:at]
    if kind == 4:
        cells.insert(which, cells[which])
    elif kind == 5:
        del cells[which]
    elif kind == 6:
        cells[which] = cells[which].swapcase()
    else:
        cells[which] = cells[which][::-1]
    return ("\t" if "\t" in line else " ").join(cells)


def read_mutated(folder: Path, chance: random.Random) -> Iterator[tuple[dict[str, int], list[str]]]:
    """Options and a thousand mutated lines, corpus by corpus, for ever."""
    while True:
        for name, options in FILES.items():
            lines = iter((folder / name).read_text(encoding="utf-8").split("\n"))
            while some := list(islice(lines, LINES)):
                mutated = (mutate(line, chance).replace("\n", " ") for line in some)
                yield options, list(mutated)


def main() -> int:
    """Count, and print a line for each outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    seen, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, list_all():
        path = Path(scratch) / "lines.txt"
        for reading, lines in read_mutated(options.folder, random.Random(options.seed)):
            path.write_text("\n".join(lines), encoding="utf-8", newline="")
            told: dict[int, str] = {}
            for problem in scan_iob(path, ReadOptions(**reading)).problems:
                said = f"{problem.severity}: {problem.cause or 'of the whole file'}"
                told[problem.line] = min(said, told.get(problem.line, said))
            for number, line in enumerate(lines, 1):
                plain = "a token" if line.strip(BLANKS) else "a line without content"
                outcomes[told.get(number, plain)] += 1
            seen += len(lines)
            if seen >= options.lines:
                break
    for outcome, count in outcomes.most_common():
        sys.stdout.write(f"{count:>9,}  {outcome}\n")
    seconds = time.monotonic() - began
    sys.stdout.write(f"{seen:>9,}  lines, nothing raised, in {seconds:,.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
