"""Where a push goes: keywords and a `Target` say the same, and what cannot be meant is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hub_server import HubServer
from huggingface_hub import HfApi

from tner_hf.errors import SettingError
from tner_hf.publishing.hub import Target, push_report
from tner_hf.publishing.hub.target import aim


def test_keywords_are_fields_of_the_target_and_win() -> None:
    given = Target("org/toy", private=True, dry_run="dry")
    wanted = Target("org/toy", private=True, dry_run="dry", kind="space", replaced=("*.py",))
    assert aim(given, "space", ("*.py",), {}) == wanted
    assert aim("org/toy", "space", ("*.py",), {"private": True, "dry_run": "dry"}) == wanted
    assert aim(given, "space", (), {"private": False, "dry_run": False}) == Target(
        "org/toy", private=False, kind="space"
    )


@pytest.mark.parametrize(
    ("repo_id", "more", "message"),
    [
        ("toy", {}, "names no owner; give owner/name"),
        ("org/to y", {}, "is no name of a repository"),
        ("org/toy", {"revision": "0" * 40}, "is a commit; only a branch"),
    ],
)
def test_what_cannot_be_meant_is_refused_first(
    hub: HubServer, api: HfApi, repo_id: str, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        push_report("absent", repo_id, **more)
    assert hub.seen == []


def test_a_misspelt_keyword_is_refused() -> None:
    with pytest.raises(TypeError, match="privat"):
        push_report("absent", "org/toy", privat=True)
