"""Reading results: is a difference real, and what kinds of errors are made.

compare_systems_on(systems, datasets)   paired tests of models or stored predictions
report_errors(answer)                   every entity in a class, and breakdowns of the scores
render_errors(report)                   that report as one HTML page to read through
render_side_by_side(reports)            the reports of two to four models as one page
render_comparison(report)               a comparison as one HTML page
"""

from __future__ import annotations

from tner_hf.lab.analysis.comparing import compare_systems_on
from tner_hf.lab.analysis.comparison import ComparisonReport
from tner_hf.lab.analysis.comparison_page import render_comparison
from tner_hf.lab.analysis.error_page import render_errors
from tner_hf.lab.analysis.error_report import ErrorReport, report_errors
from tner_hf.lab.analysis.side_by_side import render_side_by_side
from tner_hf.lab.analysis.training_data import Training, read_training

__all__ = [
    "ComparisonReport",
    "ErrorReport",
    "Training",
    "compare_systems_on",
    "read_training",
    "render_comparison",
    "render_errors",
    "render_side_by_side",
    "report_errors",
]
