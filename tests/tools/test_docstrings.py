import pytest

from realtime_widget.tools.docstrings import parse_docstring

GOOGLE = """Count rows.

    Only those of one city.

    Args:
        city: Name of the city,
            in English.
        limit (int, optional): At most this many. Defaults to 5.
        *others: More.

    Returns:
        A number.

    Raises:
        ValueError: If unknown.
    """

NUMPY = """Count rows.

    Only those of one city.

    Parameters
    ----------
    city : str
        Name of the city,
        in English.
    limit, others : int, optional
        At most this many.

    Returns
    -------
    int
        A number.
    """

REST = """Count rows.

    Only those of one city.

    :param city: Name of the city,
        in English.
    :param int limit: At most this many.
    :returns: A number.
    """


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST])
def test_styles(docstring):
    documentation = parse_docstring(docstring)
    assert documentation.description == "Count rows.\n\nOnly those of one city."
    assert documentation.parameters["city"] == "Name of the city, in English."
    assert documentation.parameters["limit"].startswith("At most this many.")


def test_names_documented_together_or_with_stars():
    assert parse_docstring(NUMPY).parameters["others"] == "At most this many."
    assert parse_docstring(GOOGLE).parameters["others"] == "More."


@pytest.mark.parametrize("docstring", [None, "", "  \n "])
def test_nothing_said(docstring):
    documentation = parse_docstring(docstring)
    assert documentation.description == ""
    assert not documentation.parameters


@pytest.mark.parametrize(
    ("docstring", "description"),
    [
        ("One line", "One line"),
        ("One: two.", "One: two."),
        ("Two\nlines.", "Two\nlines."),
        ("First.\n\n    Second,\n    third.\n", "First.\n\nSecond,\nthird."),
        ("Ask for :) or :( faces.", "Ask for :) or :( faces."),
        (":param", ":param"),
    ],
)
def test_free_text(docstring, description):
    assert parse_docstring(docstring).description == description


def test_a_parameter_without_words_is_left_out():
    assert not parse_docstring("Go.\n\n:param x:\n").parameters
