"""Texts of a protocol as literals of R and of Stata."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as texts

from trial.exchange.quoting import in_r, in_stata, label_in_stata

# What a protocol lets through: no control characters and no lone surrogates.
READABLE = texts.text(texts.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


@given(READABLE)
def test_an_r_literal_is_ascii_and_holds_the_text(text):
    """The escapes of R that are used here mean the same in Python."""
    literal = in_r(text)
    assert literal.isascii()
    assert ast.literal_eval(literal) == text


@given(READABLE)
def test_a_stata_expression_holds_the_text_and_nothing_that_stata_would_expand(text):
    expression = in_stata(text)
    assert not set("`$'\\/*{}#") & set(expression)
    assert "".join(_read(part) for part in expression.split(" + ")) == text


def _read(part):
    return chr(int(part[5:-1])) if part.startswith("char(") else part[1:-1]


def test_a_long_label_is_cut_to_what_stata_keeps():
    assert label_in_stata("x" * 80) == f'"{"x" * 80}"'
    assert label_in_stata("x" * 81) == f'"{"x" * 79}…"'


@pytest.mark.parametrize("literal", [in_r, in_stata])
def test_no_text_is_an_empty_literal(literal):
    assert literal("") == '""'
