"""BC5CDR: stand-off mentions become entities, no text is lost, sentences end where they should."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tner_hf.dataset_scripts.bc5cdr import _pubtator, bc5cdr

import tner_hf
from tner_hf.data.corpora import corpus, load_builder, own_errors
from tner_hf.errors import DataError

SPLITS = {"train": "Training", "validation": "Development", "test": "Test"}
TYPES = ("Chemical", "Disease")


def write_pubtator(folder: Path, text: str) -> Path:
    for name in SPLITS.values():
        (folder / f"CDR_{name}Set.PubTator.txt").write_text(text, encoding="utf-8")
    return folder


def make_document(title: str, abstract: str, *mentions: tuple[str, str]) -> _pubtator.Document:
    """A document whose mentions are the first places of these texts, left to right."""
    document, position = _pubtator.Document("7", title, abstract), 0
    for text, entity_type in mentions:
        start = document.text.index(text, position)
        position = start + len(text)
        document.mentions.append(_pubtator.Mention(start, position, entity_type))
    return document


def sentences_of(document: _pubtator.Document) -> list[str]:
    """The text of each sentence of the `default` configuration."""
    found = _pubtator.split_sentences(document)
    return [document.text[spans[0][0] : spans[-1][1]] for spans in found]


PUBTATOR = """\
7|t|Aspirin and asthma.
7|a|We gave 0.5 mg of Na2+ i.v. to 3 rats. None (P <0.01) had red-eye fever. The end.
7\t0\t7\tAspirin\tChemical\tD1
7\t12\t18\tasthma\tDisease\tD2
7\t38\t40\tNa\tChemical\tD3
7\t78\t91\tred-eye fever\tDisease\tD4|D5\tred-eye|fever
7\tCID\tD1\tD2

8|t|Nothing found
8|a|
"""


def test_mentions_become_entities(tmp_path: Path) -> None:
    data = tner_hf.load_dataset(
        "bc5cdr", data_dir=write_pubtator(tmp_path, PUBTATOR), cache_dir=tmp_path / "cache"
    )
    names = data["train"].features["ner_tags"].feature.names
    assert names == ["O", "B-chemical", "I-chemical", "B-disease", "I-disease"]
    rows = [
        (row["id"], list(zip(row["tokens"], (names[i] for i in row["ner_tags"]), strict=True)))
        for row in data["test"]
    ]
    assert [row_id for row_id, _ in rows] == ["7-0", "7-1", "7-2", "7-3", "8-0"]
    assert rows[0][1] == [
        *(("Aspirin", "B-chemical"), ("and", "O"), ("asthma", "B-disease"), (".", "O"))
    ]
    assert rows[1][1][4:10] == [
        *(("5", "O"), ("mg", "O"), ("of", "O"), ("Na", "B-chemical"), ("2", "O"), ("+", "O"))
    ]
    assert rows[2][1][-5:] == [
        *(("red", "B-disease"), ("-", "I-disease"), ("eye", "I-disease")),
        *(("fever", "I-disease"), (".", "O")),
    ]


def test_native_types_stay_on_request(tmp_path: Path) -> None:
    write_pubtator(tmp_path, PUBTATOR)
    builder = load_builder("bc5cdr", native=True, data_dir=tmp_path, cache_dir=tmp_path / "cache")
    names = builder.info.features["ner_tags"].feature.names
    assert names == ["O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease"]


def test_the_paper_configuration_splits_at_every_full_stop_up_to_the_last_mention(
    tmp_path: Path,
) -> None:
    data = tner_hf.load_dataset(
        "bc5cdr", "paper", data_dir=write_pubtator(tmp_path, PUBTATOR), cache_dir=tmp_path / "cache"
    )
    assert [" ".join(tokens) for tokens in data["train"]["tokens"]] == [
        "Aspirin and asthma .",
        "We gave 0 .",
        "5 mg of Na 2 + i .",
        "v .",
        "to 3 rats .",
        "None ( P < 0 .",
        "01 ) had red - eye fever",
    ]


def test_the_paper_keeps_a_run_of_marks_in_one_token() -> None:
    document = make_document("A (b) . (c). D", "e", ("e", "Disease"))
    spans = bc5cdr.split_as_paper(document)
    tokens = [[document.text[a:b] for a, b in sentence] for sentence in spans]
    assert tokens == [["A", "(", "b", ") . (", "c", ").", "D", "e"]]


@pytest.mark.parametrize(
    "abstract",
    [
        "A dose of 0.5 mg helped.",
        "From 53. 7 to 85.4 percent.",
        "Significant (p <. 01) effects.",
        "Drug vs. Placebo was unclear.",
        "Shown before (Doe et al. 1981).",
        "We gave 125 mg i.v. MP daily.",
        "The U.S. Food agency said so.",
        "At the clinic, S. Salvatore treated them.",
        "1. We saw it.",
        "The value p.o. was low.",
    ],
)
def test_one_sentence_stays_whole(abstract: str) -> None:
    assert sentences_of(make_document("Title.", abstract)) == ["Title.", abstract]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It fell.", "Then it rose."),
        ("Did it fall?", "It did."),
        ('They call it "a fall."', "It is one."),
        ("It fell to 0.5.", "Then it rose."),
        ("It fell within 24 h.", "Few rose."),
        ("We gave 3 mg p.o.", "Together they fell."),
        ("We gave 3 mg p.o.", "RESULTS: They fell."),
        ("It was found in rats.", "5-HTP fell."),
        ("It was found in mice.", "mRNA levels fell."),
        ("We studied vitamin E.", "(It fell.)"),
    ],
)
def test_two_sentences_are_parted(first: str, second: str) -> None:
    assert sentences_of(make_document("Title", f"{first}  {second}")) == ["Title", first, second]


def test_no_sentence_ends_inside_a_mention() -> None:
    document = make_document("A case.", "Low. Grade. Fever.", ("Low. Grade. Fever", "Disease"))
    assert sentences_of(document) == ["A case.", "Low. Grade. Fever."]


def test_touching_mentions_of_one_type_stay_apart() -> None:
    document = make_document("NaCl", "", ("Na", "Chemical"), ("Cl", "Chemical"))
    (spans,) = _pubtator.split_sentences(document)
    assert _pubtator.tag_spans(spans, document.mentions) == ["B-Chemical", "B-Chemical"]


@st.composite
def documents(draw: st.DrawFn) -> _pubtator.Document:
    prose = st.text(st.sampled_from('aB1 .?,-()é\u00a0"'), max_size=40)
    document = _pubtator.Document("7", draw(prose), draw(prose))
    edges = draw(st.lists(st.integers(0, len(document.text)), unique=True, max_size=8))
    pairs = zip(*[iter(sorted(edges))] * 2, strict=False)
    for start, end in pairs:
        mention = document.text[start:end]
        if mention == mention.strip():
            document.mentions.append(_pubtator.Mention(start, end, draw(st.sampled_from(TYPES))))
    return document


@given(documents())
def test_no_text_is_lost_and_every_mention_is_one_entity(document: _pubtator.Document) -> None:
    sentences = list(_pubtator.split_sentences(document))
    text = document.text
    assert "".join(text[a:b] for spans in sentences for a, b in spans) == "".join(text.split())
    assert find_entities(sentences, document) == document.mentions


@given(documents())
def test_every_mention_is_one_entity_in_the_paper_configuration_too(
    document: _pubtator.Document,
) -> None:
    sentences = list(bc5cdr.split_as_paper(document))
    assert find_entities(sentences, document) == document.mentions


def find_entities(
    sentences: list[list[tuple[int, int]]], document: _pubtator.Document
) -> list[_pubtator.Mention]:
    found: list[_pubtator.Mention] = []
    for spans in sentences:
        tags = _pubtator.tag_spans(spans, document.mentions)
        for kind, first, last in tner_hf.labels.schemes.entities(tags):
            found.append(_pubtator.Mention(spans[first][0], spans[last - 1][1], kind))
    return found


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "7\t12\t18\tasthma",
            "7\t12\t18\tasthme",
            4,
            "characters 12-18 are 'asthma', not 'asthme'",
        ),
        ("7\t12\t18\tasthma", "7\t4\t10\trin an", 4, "overlaps"),
        ("asthma\tDisease", "asthma\tIllness", 4, "unknown type 'Illness'"),
        ("7\t12\t18", "9\t12\t18", 4, "'9' is not the id"),
        ("7\t12\t18", "7\ttwelve\t18", 4, "is no mention"),
        ("7|a|", "6|a|", 2, r"unexpected 6\|a\|"),
        ("8|a|\n", "8|a|\nx", 11, "'x' is not the id"),
    ],
)
def test_a_malformed_line_is_an_error_with_its_place(
    old: str, new: str, line: int, message: str, tmp_path: Path
) -> None:
    assert old in PUBTATOR
    write_pubtator(tmp_path, PUBTATOR.replace(old, new, 1))
    with pytest.raises(DataError, match=rf"CDR_TrainingSet\.PubTator\.txt:{line}: .*{message}"):
        tner_hf.load_dataset("bc5cdr", data_dir=tmp_path, cache_dir=tmp_path / "cache")


@pytest.mark.parametrize("config", ["default", "paper"])
def test_the_counts_of_the_original_come_out(
    config: str, raw_corpora: Path, tmp_path: Path
) -> None:
    builder = load_builder("bc5cdr", config, data_dir=raw_corpora / "bc5cdr", cache_dir=tmp_path)
    with own_errors():
        builder.download_and_prepare()
    counted = {split: count(dataset) for split, dataset in builder.as_dataset().items()}
    assert counted == {
        split: (c.sentences, c.tokens, c.entities)
        for split, c in corpus("bc5cdr").counts[config].items()
    }


def count(dataset: datasets.Dataset) -> tuple[int, int, int]:
    labels = [label for row in dataset["ner_tags"] for label in row]
    return len(dataset), len(labels), sum(label % 2 for label in labels)


def test_the_original_loses_no_text_and_splits_no_number(raw_corpora: Path, tmp_path: Path) -> None:
    data = tner_hf.load_dataset(
        "bc5cdr", data_dir=raw_corpora / "bc5cdr", cache_dir=tmp_path, split="validation"
    )
    raw = bc5cdr.Bc5cdr(data_dir=str(raw_corpora / "bc5cdr"), cache_dir=str(tmp_path))
    file = raw.fetch(raw.FILES["validation"], None)
    texts = {d.pmid: d.text for d in _pubtator.read_documents(file.read_text(), "", TYPES)}
    built: dict[str, str] = {}
    assert not any(
        before[-1] == "." and before[-2:-1] and before[-2].isdigit() and after[0].isdigit()
        for before, after in pairwise(data["tokens"])
    ), "a sentence ends inside a number"
    for sentence_id, tokens in zip(data["id"], data["tokens"], strict=True):
        pmid = sentence_id.partition("-")[0]
        built[pmid] = built.get(pmid, "") + "".join(tokens)
    assert built == {pmid: "".join(text.split()) for pmid, text in texts.items()}
