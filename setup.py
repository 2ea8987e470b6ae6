"""What pyproject.toml cannot say: the README of the index, where relative links lead nowhere."""

import re
from pathlib import Path

from setuptools import setup

_RELATIVE = r"\]\((?!https?://|#)[^)]*\)"


def render_readme() -> str:
    """README.md without its pictures, and with the text alone of links to files beside it."""
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    text = re.sub(rf"^!\[[^\]]*{_RELATIVE}\n\n", "", text, flags=re.MULTILINE)
    return re.sub(rf"\[([^\]]*){_RELATIVE}", r"\1", text)


setup(long_description=render_readme(), long_description_content_type="text/markdown")
