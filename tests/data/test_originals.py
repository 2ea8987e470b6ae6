"""Raw files that are not the original: said, or refused with strict."""

from __future__ import annotations

import hashlib
import io
import logging
import tarfile
import zipfile
from pathlib import Path

import pytest

from tner_hf.cli import main
from tner_hf.data import load_dataset
from tner_hf.data.corpora import corpus, load_builder
from tner_hf.errors import SourceError

LINES = b"".join(b"w%d NNP - O\n\n" % i for i in range(200))
RAW = ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated")


@pytest.fixture
def wnut(tmp_path: Path) -> dict[str, Path]:
    """Files named as those of WNUT 2017, of other content."""
    (tmp_path / "raw").mkdir()
    for name in RAW:
        (tmp_path / "raw" / name).write_bytes(b"w\tO\n\n" * 200)
    return {"data_dir": tmp_path / "raw", "cache_dir": tmp_path / "cache"}


def test_what_differs_is_said(wnut, caplog):
    with caplog.at_level(logging.WARNING, "tner_hf"):
        assert load_dataset("wnut2017", **wnut)["train"].num_rows == 200
    (told,) = caplog.messages
    for name in RAW:
        assert f"{wnut['data_dir'] / name} has another checksum" in told
    counts = "200 sentences with 200 tokens and 0 entities, not 3,394 sentences with 62,730 tokens"
    assert f"split 'train' has {counts} and 1,975 entities" in told


@pytest.mark.parametrize("streaming", [False, True])
def test_strict_refuses_it(wnut, streaming):
    with pytest.raises(SourceError, match=r"WNUT 2017 is not as its authors published it: .*sum"):
        load_dataset("wnut2017", strict=True, streaming=streaming, **wnut)


def test_every_command_that_reads_corpora_can_be_strict(wnut, capsys):
    options = [f"--{name}={path}" for name, path in wnut.items()]
    for command in ("stats wnut2017", "check wnut2017", "convert wnut2017 out.jsonl --to jsonl"):
        assert main(["datasets", *command.split(), "--strict", *options]) == 2
        assert "not as its authors published it" in capsys.readouterr().err


def test_the_original_is_loaded_in_silence(tmp_path, caplog, monkeypatch, raw_corpora):
    monkeypatch.setenv("TNER_HF_SOURCES", str(raw_corpora))
    for name in ("wnut2017/paper", "fin", "crossner/ai", "sample"):
        load_dataset(name, strict=True, cache_dir=tmp_path)
    assert caplog.messages == []


def test_an_archive_that_was_packed_again_is_known_by_its_members(tmp_path, monkeypatch):
    sha256 = hashlib.sha256(LINES).hexdigest()
    builder = load_builder("fin", data_dir=tmp_path, cache_dir=tmp_path / "cache")
    (download,) = type(builder).DOWNLOADS.values()
    for members, whole, changed in [
        ({"dataset/FIN5.txt": sha256, "dataset/FIN3.txt": sha256}, "", []),
        ({"dataset/FIN5.txt": sha256, "dataset/FIN3.txt": sha256}, "0" * 64, []),
        ({"dataset/FIN5.txt": "0" * 64}, "", [f"{tmp_path / NAME}::dataset/FIN5.txt"]),
        ({}, "0" * 64, [str(tmp_path / NAME)]),
        ({}, "", []),
    ]:
        (tmp_path / NAME).write_bytes(pack("tar.gz"))
        own = type(download)(download.urls, sha256=whole, members=members)
        monkeypatch.setattr(type(builder), "DOWNLOADS", {NAME: own})
        assert builder.find_changed() == changed


NAME = "financial_risk_assessment.tgz"


def pack(kind: str) -> bytes:
    """FIN's two files in an archive; its name says nothing of the kind."""
    out = io.BytesIO()
    names = ("dataset/FIN5.txt", "dataset/FIN3.txt")
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in names:
                packed.writestr(name, LINES)
    else:
        with tarfile.open(fileobj=out, mode=kind.replace("tar.", "w:").replace("tar", "w")) as tar:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = len(LINES)
                tar.addfile(info, io.BytesIO(LINES))
    return out.getvalue()


def flip(content: bytes) -> bytes:
    at = len(content) // 3
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


DAMAGE = {
    "empty": lambda content: b"",
    "its beginning": lambda content: content[:20],
    "its first half": lambda content: content[: len(content) // 2],
    "a byte flipped": flip,
    "something else": lambda content: b"<html>" * 100,
    "PK and nothing": lambda content: b"PK" + b"\0" * 100,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_damaged_archive_is_one_line(tmp_path, kind, damage):
    if (kind, damage) == ("tar", "a byte flipped"):
        pytest.skip("a tar has checksums of its headers alone")
    (tmp_path / NAME).write_bytes(DAMAGE[damage](pack(kind)))
    with pytest.raises(SourceError, match=NAME) as caught:
        load_dataset("fin", data_dir=tmp_path, cache_dir=tmp_path / "cache")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_an_archive_that_unpacks_to_far_more_stops(tmp_path, kind):
    load_builder("fin")
    from tner_hf.dataset_scripts.fin import _raw

    path = tmp_path / NAME
    path.write_bytes(pack(kind))
    member = ("dataset/FIN3.txt",)
    assert _raw.RawFile(str(path), member, len(LINES)).read_bytes() == LINES
    for most in (len(LINES) - 1, len(LINES) // 20):
        with pytest.raises(_raw.DamagedArchive, match="unpacks to far more than the original"):
            _raw.RawFile(str(path), member, most).read_bytes()


def test_the_bound_comes_from_the_declared_size(tmp_path):
    builders = {n: load_builder(n, cache_dir=tmp_path) for n in ("fin", "bionlp2004")}
    assert {name: one.most_bytes for name, one in builders.items()} == {
        "fin": 64 << 20,
        "bionlp2004": 1024 * corpus("bionlp2004").counts["default"]["train"].tokens,
    }
