"""`narrowcast bench wall`: what is shown of a run."""

from __future__ import annotations

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.results import Results
from narrowcast.benchmark.tables import TableView
from narrowcast.benchmark.wall.benchmark import tables
from narrowcast.benchmark.wall.run import WallBenchSettings
from tests.benchmark.table_text import text_of
from tests.benchmark.wall.test_run import ROW


def test_a_run_is_shown_as_table_and_by_what_the_page_says() -> None:
    view, said = tables(Results(settings=WallBenchSettings(), outcomes=[ROW]))
    assert isinstance(view, TableView)
    assert "200 recorded cameras of 640x360 at 15 fps, 1 workers" in text_of(view)
    assert said == "the page says: 198 of 200 live"
