"""A whole conversation on one page: HTML and Markdown that need nothing else to be read."""

from .report import Report, make_report

__all__ = ["Report", "make_report"]
