"""The one place that holds the version; `pyproject.toml` reads it from here."""

__version__ = "0.1.0"


def list_versions(*packages: str) -> dict[str, str]:
    """Our version, and those of distributions that a result depends on."""
    from importlib.metadata import version

    return {"tner_hf": __version__, **{name: version(name) for name in packages}}
