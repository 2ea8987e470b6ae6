"""Texts for the box on a model's page in which visitors try it: invented, by what it looks for."""

from __future__ import annotations

from collections.abc import Sequence

#: Entity types that belong to a kind of text, and a sentence of that kind. English.
_ENGLISH: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"person", "organization", "location", "product", "corporation"}),
        "Clara Winter flew from Lisbon to Osaka with Aster Air.",
    ),
    (frozenset({"product"}), "Has anyone in Berlin repaired a Vireo Max?"),
    (
        frozenset({"group", "work_of_art"}),
        "anyone else heard the new Paper Lanterns album? seeing them in Porto on friday",
    ),
    (
        frozenset({"date", "money", "percent", "quantity"}),
        "Harbour United sold the stadium for 40 million euros in March 2019, 12 % below its value.",
    ),
    (
        frozenset({"chemical", "disease"}),
        "Two patients on lithium developed nausea and a mild tremor.",
    ),
    (
        frozenset({"protein", "dna", "rna", "cell_type", "cell_line"}),
        "Expression of the IL-2 gene in human T cells depends on NF-kappa B.",
    ),
    (
        frozenset({"dish", "cuisine", "restaurant", "amenity"}),
        "where can i get cheap vegan ramen with outdoor seating near the harbour",
    ),
    (
        frozenset({"actor", "director", "title", "genre", "plot"}),
        "what is the black and white comedy from the fifties about two musicians on the run",
    ),
)


def choose_widget(types: Sequence[str], languages: Sequence[str]) -> tuple[str, ...]:
    """Texts that suit a model's types; none where it reads no English, for they would mislead.

    >>> choose_widget(["disease"], ["en"])
    ('Two patients on lithium developed nausea and a mild tremor.',)
    >>> choose_widget(["person"], ["ja"])
    ()
    """
    if "en" not in languages:
        return ()
    return tuple(text for suited, text in _ENGLISH if suited & set(types))
