"""How findings read."""

from __future__ import annotations

import pytest

from narrowcast.doctor.finding import Finding, finding_line, problem
from narrowcast.errors import NarrowcastError


def test_a_finding_is_ok_unless_there_is_something_to_do() -> None:
    assert finding_line(Finding(name="port", text="5555 is free")) == "port     ok       5555 is free"
    line = finding_line(Finding(name="port", text="5555 is in use", fix="stop the other program"))
    assert line == "port     PROBLEM  5555 is in use; fix: stop the other program"


@pytest.mark.parametrize(
    ("error", "text", "fix"),
    [
        ("there is no camera 0; plug it in; or not", "there is no camera 0", "plug it in; or not"),
        ("cannot listen on tcp://*:1: it is in use", "cannot listen on tcp://*:1", "it is in use"),
        ("all is lost", "all is lost", "see narrowcast doctor --help"),
    ],
)
def test_an_error_says_what_is_wrong_and_then_what_to_do(error: str, text: str, fix: str) -> None:
    found = problem("camera", NarrowcastError(error))
    assert (found.text, found.fix, found.ok) == (text, fix, False)
