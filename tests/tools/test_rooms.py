"""Tests of rooms.py: the drawing says what the imports say, and the document holds the newest one."""

from __future__ import annotations

from tools.rooms import BEGIN, DOCUMENT, END, diagram, document_with, without_detours


def test_the_architecture_shows_the_rooms_as_they_are() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert document_with(diagram(), text) == text, "run python -m tools.rooms --write"


def test_an_arrow_that_a_longer_way_says_is_left_out() -> None:
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}
    assert without_detours(graph) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()}


def test_the_drawing_goes_between_its_marks() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert document_with("new", text) == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
