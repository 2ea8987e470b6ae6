"""One of many views at a time: radio buttons above panels.

Without JavaScript (in a printed page, say) all panels are shown, each under its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tner_hf.report.markup import Content, Html, tag


@dataclass(frozen=True)
class Axis:
    """One question to the reader.

    Attributes:
        key: its name in `Panel.values`.
        label: its name on the page.
        options: value to label, in order.
    """

    key: str
    label: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Panel:
    """What is shown for one answer to all questions.

    Attributes:
        values: axis key to the value.
        name: heading of the panel, which says all choices.
        content: what is shown.
    """

    values: Mapping[str, str]
    name: str
    content: Content


def render_choices(
    axes: Sequence[Axis], panels: Sequence[Panel], *, chosen: Mapping[str, str], name: str
) -> Html:
    """Panels with a row of radio buttons for each axis.

    Args:
        axes: the questions; one with a single option is not asked.
        panels: one for each combination that can be shown.
        chosen: axis key to the value that is chosen at first.
        name: distinguishes these buttons from others of the page.
    """
    fields = [
        tag(
            "fieldset",
            tag("legend", axis.label),
            *(
                tag(
                    "label",
                    tag(
                        "input",
                        type="radio",
                        name=f"{name}-{axis.key}",
                        value=value,
                        data_axis=axis.key,
                        checked=value == chosen[axis.key],
                    ),
                    tag("span", label),
                )
                for value, label in axis.options.items()
            ),
        )
        for axis in axes
        if len(axis.options) > 1
    ]
    shown = [
        tag(
            "section",
            tag("h3", panel.name),
            panel.content,
            class_="panel",
            id=f"{name}-{number}",
            **{f"data_{key}": value for key, value in panel.values.items()},
        )
        for number, panel in enumerate(panels)
    ]
    controls = tag("div", *fields, class_="controls", role="group", aria_label="What is shown")
    return tag("div", controls, *shown, class_="choices")
