"""The sdist, and the wheel made from it, where nothing else of this project is within reach."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
OFFLINE = ["--no-deps", "--no-index"]


#: Setuptools' own way, without the environment that `build` would download for it.
BUILD = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist as packagers see it, built from a copy: setuptools writes where it builds."""
    source, built = tmp_path_factory.mktemp("source") / "here", tmp_path_factory.mktemp("sdist")
    left = shutil.ignore_patterns(".?*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(REPOSITORY, source, symlinks=True, ignore=left)
    shutil.copytree(REPOSITORY / ".ci", source / ".ci")
    shutil.rmtree(source / "runs", ignore_errors=True)  # models that were trained here
    command = [sys.executable, "-c", BUILD, str(built)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(built, filter="data")
    return built / path.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist."""
    source, built = tmp_path_factory.mktemp("copy") / "here", tmp_path_factory.mktemp("wheel")
    shutil.copytree(unpacked, source)
    options = [*OFFLINE, "--no-build-isolation", "--wheel-dir", str(built)]
    subprocess.run([*PIP, "wheel", *options, str(source)], check=True, capture_output=True)
    (path,) = built.glob("*.whl")
    return path


class Installed:
    """An environment of its own with the wheel in it, and what it needs from this one."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=False)
        self.bin = folder / "env" / "bin"
        (site,) = (folder / "env").glob("lib/python*/site-packages")
        # Packages are found along a .pth file's paths, but the .pth files there are not read: the
        # editable install of this checkout stays out of reach.
        needed = [
            path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}
        ]
        (site / "needed.pth").write_text("\n".join(needed) + "\n")
        python = ["--python", str(self.bin / "python")]
        command = [*PIP, *python, "install", *OFFLINE, "--ignore-installed", str(wheel)]
        subprocess.run(command, check=True)
        self.work = folder / "work"
        self.work.mkdir()
        kept = ("PATH", "LANG", "LC_ALL", "OMP_NUM_THREADS")
        self.environment = {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "HOME": str(folder),
            "HF_HOME": str(folder / "hf"),
            "HF_HUB_OFFLINE": "1",
        }

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.bin / command), *arguments],
            cwd=self.work,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *arguments: str) -> str:
        process = self.start(command, *arguments)
        said, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, complaint
        return said


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def list_tracked(*folders: str) -> Iterator[str]:
    """What git tracks in these folders; every file of them where this is no checkout."""
    git = ["git", "ls-files", "-z", *folders]
    listed = subprocess.run(git, cwd=REPOSITORY, capture_output=True, text=True)
    if listed.returncode == 0:
        yield from filter(None, listed.stdout.split("\0"))
    else:
        for folder in folders:
            paths = (REPOSITORY / folder).rglob("*")
            yield from (str(p.relative_to(REPOSITORY)) for p in paths if p.is_file())


def test_every_file_is_in_the_sdist(unpacked: Path) -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("only a checkout knows which files are the project's")
    tracked = {name for name in list_tracked(".") if name != ".gitignore"}
    assert len(tracked) > 800
    assert [name for name in sorted(tracked) if not (unpacked / name).is_file()] == []


def test_the_tests_of_the_sdist_run(unpacked: Path) -> None:
    some = ["tests/test_targets.py", "tests/labels"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *some]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_readme_of_the_index_has_no_link_that_needs_the_repository(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    assert "Description-Content-Type: text/markdown" in metadata
    readme = metadata.partition("\n\n")[2]
    assert readme.startswith("# tner-hf\n")
    assert 'pip install "tner-hf[quickstart,demo]"' in readme
    headings = {
        re.sub(r"\W+", "-", title.lower())
        for title in re.findall(r"^## (.+)$", readme, re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)]+)\)", readme)
    anchors = {link[1:] for link in links if link.startswith("#")}
    assert anchors
    assert anchors <= headings
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    expected = {
        name if name.startswith("tner_hf/") else f"tner_hf/{name}"
        for name in list_tracked("tner_hf", "dataset_scripts")
        if "__pycache__" not in name
    }
    assert len(expected) > 250
    assert expected - carried == set()
    assert "tner_hf/model_cards/model.md.jinja" in carried


def test_the_package_comes_from_the_wheel(installed: Installed) -> None:
    probe = "import tner_hf, tner_hf.dataset_scripts as s; print(tner_hf.__file__, *s.__path__)"
    paths = installed.run("python", "-c", probe).split()
    assert len(paths) == 2
    assert all(path.startswith(str(installed.folder)) for path in paths)


def test_the_main_job_runs_from_the_wheel(installed: Installed, tiny_encoder: Path) -> None:
    script = str(REPOSITORY / "tests" / "smoke.py")
    assert "complete commands and flags" in installed.run("python", script, str(tiny_encoder))
    assert "toy" in (installed.work / "card.md").read_text()
    for page in ("matrix/report.html", "errors/errors.html"):
        assert "<html" in (installed.work / page).read_text()
    assert "<script" in read_demo(installed, ["demo", "-m", "out", "--port", "0"])


def read_demo(installed: Installed, arguments: Sequence[str]) -> str:
    """The page of a demo that was started for it."""
    process = installed.start("tner-hf", *arguments)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    finally:
        process.terminate()
        process.communicate(timeout=60)
