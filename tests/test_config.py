"""The settings that travel in a checkpoint."""

from __future__ import annotations

import pytest

from tner_hf.config import CheckpointSettings
from tner_hf.errors import SettingError


def test_settings_survive_the_trip_through_json() -> None:
    settings = CheckpointSettings(max_length=64, lowercase=True, corpora=("fin", "wnut2017"))
    assert CheckpointSettings.from_dict(settings.to_dict()) == settings


def test_a_setting_of_a_later_version_is_named() -> None:
    with pytest.raises(SettingError, match=r"\['colour'\].*Upgrade tner-hf"):
        CheckpointSettings.from_dict({"colour": "blue"})
