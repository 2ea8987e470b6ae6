"""The files of the page, which is all that it is made of; they lie in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from tner_hf._version import __version__
from tner_hf.demo.about import describe_model
from tner_hf.demo.answers import MOST_MODELS
from tner_hf.demo.examples import choose_examples
from tner_hf.report.kit import read_scripts, write_style
from tner_hf.report.kit.classes import CLASSES

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tner_hf.demo.shelf import Shelf

#: Ending of a file of the page to its media type.
_MEDIA = {"css": "text/css", "js": "text/javascript", "json": "application/json",
          "svg": "image/svg+xml", "html": "text/html"}  # fmt: skip


def add_files(app: Starlette, files: dict[str, bytes]) -> None:
    """Put a page into an application: `index.html` at its root, and whatever that asks for."""
    app.add_route("/", _answer("index.html", files), ["GET"])
    for name in files:
        app.add_route(f"/page/{name}", _answer(name, files), ["GET"])


def _answer(name: str, files: dict[str, bytes]) -> Callable[[Request], Response]:
    """A file, compressed for whom takes it so, and not again for whom has it already."""
    media = _MEDIA[name.rpartition(".")[2]]
    packed = gzip.compress(files[name], mtime=0)
    # Kept, but asked for: another version of the demo may answer at this address tomorrow.
    headers = {
        "Cache-Control": "no-cache",
        "ETag": f'"{hashlib.sha256(files[name]).hexdigest()[:20]}"',
        "Vary": "Accept-Encoding",
    }

    def answer(request: Request) -> Response:
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response(files[name], media_type=media, headers=headers)
        return Response(packed, media_type=media, headers={**headers, "Content-Encoding": "gzip"})

    return answer


def read_page(shelf: Shelf) -> dict[str, bytes]:
    """The files of the page by name."""
    files = read_files("tner_hf.demo")
    files["demo.json"] = json.dumps(_describe(shelf), ensure_ascii=False).encode()
    return files


def read_files(*packages: str) -> dict[str, bytes]:
    """The files in `page` of some packages by name, of two the later, and the kit of all pages."""
    files = {
        file.name: file.read_bytes()
        for package in packages
        for file in (resources.files(package) / "page").iterdir()
        if file.name.rpartition(".")[2] in _MEDIA
    }
    kit = {"kit.css": write_style(), **read_scripts()}
    return {**files, **{name: text.encode() for name, text in kit.items()}}


def _describe(shelf: Shelf) -> dict[str, Any]:
    settings, package = shelf.settings, resources.files("tner_hf.demo")
    models = [
        describe_model(name, checkpoint, shelf.find(name))
        for name, checkpoint in shelf.offered.items()
    ]
    return {
        "title": settings.title,
        "version": __version__,
        "models": models,
        "examples": choose_examples(settings.examples, (t for m in models for t in m["texts"])),
        "gold_example": (package / "gold_example.txt").read_text(encoding="utf-8"),
        "classes": CLASSES,
        "any_model": settings.allow_any_model,
        "limits": {
            "characters": settings.max_characters,
            "bytes": settings.max_upload_bytes,
            "seconds": settings.max_seconds,
            "models": MOST_MODELS,
        },
    }
