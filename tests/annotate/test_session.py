"""What is accepted, in which order, and what the journal keeps of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tner_hf.annotate.opening import open_session
from tner_hf.annotate.session import Session
from tner_hf.errors import DataError, FileError, SettingError

Begin = Callable[..., Session]


def entities_of(session: Session, number: int) -> list[list[Any]]:
    return [entity[:3] for entity in session.show(number)["entities"]]


def lines_of(session: Session) -> list[dict[str, Any]]:
    text = session.journal.path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_sentence_is_shown_with_what_stands_between_its_words(begin: Begin, texts: Path) -> None:
    shown = begin(texts).show(3)
    whole = shown["before"] + "".join(
        word + gap for word, gap in zip(shown["words"], shown["gaps"], strict=True)
    )
    assert whole == texts.read_text(encoding="utf-8").splitlines()[3]
    assert shown["words"][:3] == ["👨‍👩‍👧", "Zoë", "saw"]
    assert begin(texts, "other.jsonl").show(2)["words"][:2] == ["東", "京"]


def test_what_is_accepted_is_in_the_journal_at_once_and_the_last_word_counts(
    begin: Begin, texts: Path
) -> None:
    session = begin(texts)
    session.accept(0, [[6, 7, "LOC"], [0, 2, "PER"]])
    assert lines_of(session)[1:] == [{"accept": 0, "entities": [[0, 2, "PER"], [6, 7, "LOC"]]}]
    session.accept(0, [])
    session.journal.close()
    again = begin(texts)
    assert again.accepted == {0: ()}
    assert entities_of(again, 0) == []
    assert again.show(0)["accepted"]


def test_what_another_tab_accepted_is_not_replaced_unseen(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    seen = session.show(0)["times"]
    session.accept(0, [[0, 2, "PER"]], seen)
    with pytest.raises(SettingError, match="sentence 1 was accepted with other entities in ano"):
        session.accept(0, [], seen)
    session.accept(0, [[0, 2, "PER"]], seen)
    session.accept(0, [], session.show(0)["times"])
    session.accept(0, [[0, 1, "PER"]])
    assert session.accepted == {0: ((0, 1, "PER"),)}
    with pytest.raises(SettingError, match="sentence 2 was accepted"):
        session.accept(1, [], 7)


@pytest.mark.parametrize(
    "entities",
    [
        None, "PER", {}, [None], [[0, 1]], [[0, 1, "PER", 0]], [[0, 0, "PER"]], [[-1, 1, "PER"]],
        [[0, 99, "PER"]], [[1.0, 2, "PER"]], [["0", 1, "PER"]], [[0, 1, 7]], [[0, 1, ""]],
        [[0, 1, " A"]], [[0, 1, "A\tB"]], [[0, 1, "x" * 201]], [[0, 1, "\u200b "]],
        [[0, 2, "PER"], [1, 3, "LOC"]],
    ],
)  # fmt: skip
def test_what_are_no_entities_is_refused_and_not_written(
    entities: Any, begin: Begin, texts: Path
) -> None:
    session = begin(texts)
    with pytest.raises(SettingError):
        session.accept(0, entities)
    assert len(lines_of(session)) == 1
    assert not session.accepted


def test_there_is_no_other_sentence(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    for number in (-1, 5, 10**12):
        with pytest.raises(SettingError, match="there is no sentence"):
            session.show(number)


def test_sentences_come_as_in_the_file_and_skipped_ones_last(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    assert session.choose_next("certain") == 0
    session.accept(0, [])
    assert session.choose_next("file", 0) == 1
    assert session.choose_next("file", 1, skip=True) == 2
    for number in (2, 3, 4):
        session.accept(number, [])
    assert session.choose_next("file", 4) == 1
    session.accept(1, [])
    assert session.choose_next("file", 1) is None


def test_the_least_certain_comes_first_of_those_that_are_read(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    session.pretags.certainty[:] = [0.9, np.nan, 0.2, 0.5, np.nan]
    assert session.choose_next("certain") == 2
    assert session.choose_next("certain", 2, skip=True) == 3
    session.accept(3, [])
    assert session.choose_next("certain", 3) == 0
    session.accept(0, [])
    assert session.choose_next("certain", 0) == 1
    assert session.choose_next("file", 3) == 4


def test_an_occurrence_is_marked_in_open_sentences_until_that_is_undone(
    begin: Begin, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("In New York.\nNew York, New York!\nNew Delhi\n", encoding="utf-8")
    session = begin(path)
    session.accept(0, [])
    assert session.mark_everywhere(["New", "York"], "LOC") == 1
    assert entities_of(session, 0) == []
    assert entities_of(session, 1) == [[0, 2, "LOC"], [3, 5, "LOC"]]
    assert entities_of(session, 2) == []
    session.journal.close()
    again = begin(path)
    assert entities_of(again, 1) == [[0, 2, "LOC"], [3, 5, "LOC"]]
    again.mark_everywhere(["New", "York"], None, undone=True)
    assert entities_of(again, 1) == []


def test_no_entity_is_taken_away_everywhere(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "a.iob2"
    path.write_text("May\tB-PER\nsang\tO\n\nin\tO\nMay\tB-PER\n", encoding="utf-8")
    session = begin(path, "out.iob2", types=())
    assert session.types == ["PER"]
    assert session.mark_everywhere(["May"], None) == 2
    assert entities_of(session, 1) == []


def test_a_type_can_be_added_and_stays(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    session.add_type("作品")
    session.add_type("PER")
    session.journal.close()
    assert begin(texts).types == ["PER", "LOC", "ORG", "作品"]


def test_without_types_nothing_can_be_marked(begin: Begin, texts: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="has no entities; say what to mark with --types"):
        begin(texts, types=())
    assert not (tmp_path / "out.jsonl.journal").exists()


def test_a_journal_is_used_by_one_at_a_time(begin: Begin, texts: Path) -> None:
    begin(texts)
    with pytest.raises(SettingError, match=r"out\.jsonl\.journal is being written by another"):
        begin(texts)


def test_a_journal_of_other_sentences_is_refused(begin: Begin, texts: Path) -> None:
    begin(texts).journal.close()
    texts.write_text("Other words.\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"is about other sentences: .*texts\.txt has changed"):
        begin(texts)


def test_the_input_may_not_change_meanwhile(begin: Begin, texts: Path) -> None:
    session = begin(texts)
    texts.write_text("Other words.\n", encoding="utf-8")
    with pytest.raises(DataError, match="has changed since it was read"):
        session.accept(0, [])
    assert not session.accepted


@pytest.mark.parametrize(
    "line",
    [
        "[]", "{}", "null", "{", '{"accept": "0", "entities": []}',
        '{"accept": 99, "entities": []}',
        '{"accept": 0, "entities": [[0, 99, "PER"]]}', '{"accept": 0}', '{"everywhere": 7}',
        "[" * 100_000, '{"accept": 0, "entities": {"a": 1}}', '{"type": ["x"]}',
        '{"type": "A\\tB"}',
    ],
)  # fmt: skip
def test_a_line_that_no_journal_has_is_named(line: str, begin: Begin, texts: Path) -> None:
    journal = begin(texts).journal
    journal.append(line)
    journal.close()
    with pytest.raises((DataError, SettingError), match=r"journal:2: no line of a journal|no type"):
        begin(texts)


def test_another_file_is_not_taken_for_a_journal_and_stays(
    begin: Begin, texts: Path, tmp_path: Path
) -> None:
    other = tmp_path / "out.jsonl.journal"
    other.write_bytes(b"Dear diary,\nno line end")
    with pytest.raises(DataError, match="journal:1: no line of a journal"):
        begin(texts)
    assert other.read_bytes() == b"Dear diary,\nno line end"


def test_what_a_killed_process_left_unfinished_goes(begin: Begin, texts: Path) -> None:
    journal = begin(texts).journal
    journal.append('{"accept": 0, "entities": []}')
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"accept": 1, "ent')
    again = begin(texts)
    again.accept(2, [])
    assert [line["accept"] for line in lines_of(again)[1:]] == [0, 2]


@pytest.mark.parametrize(
    ("output", "to", "why"),
    [
        ("texts.txt", None, "is there already"),
        ("out", None, "its name tells no format"),
        ("out.xyz", None, "its name tells no format"),
        ("there.iob2", None, "is there already"),
        ("texts.txt/out.iob2", None, "cannot be written|Not a directory"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_work(
    output: str, to: str | None, why: str, begin: Begin, texts: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.iob2").write_text("mine\tO\n", encoding="utf-8")
    with pytest.raises((SettingError, FileError), match=why):
        begin(texts, output, to=to)
    assert (tmp_path / "there.iob2").read_text(encoding="utf-8") == "mine\tO\n"


def test_a_token_that_columns_cannot_hold_is_told_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a\\tb"]}\n', encoding="utf-8")
    with pytest.raises(DataError, match="cannot stand in columns"):
        open_session(path, tmp_path / "out.iob2", types=["PER"])
