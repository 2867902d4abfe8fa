"""Results: outcomes by class, JSON of rows with what follows from them, the machine beside them."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from narrowcast.benchmark.results import (
    Gap,
    Results,
    describe_machine,
    installed_versions,
    json_gaps,
    json_rows,
    percentiles_of,
    write_json,
)
from narrowcast.errors import BenchError
from narrowcast.protocol import Percentiles


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row with a value that follows from another, and values within values."""

    codec: str
    frame_bytes: tuple[int, ...]

    @property
    def age_ms(self) -> dict[str, Percentiles]:
        """One distribution by its name."""
        return {"whole": percentiles_of([2.0])}


ROW = Row(codec="gan", frame_bytes=(3, 4))
GAP = Gap(key={"codec": "avif"}, reason="not installed")


def test_outcomes_are_told_apart_by_their_class() -> None:
    results = Results(settings=None, outcomes=[ROW, GAP, ROW])
    assert results.of(Row) == [ROW, ROW]
    assert results.of(Gap) == [GAP]


def test_json_has_fields_and_properties_as_plain_values() -> None:
    (row,) = json_rows([ROW])
    assert row == {
        "codec": "gan",
        "frame_bytes": [3, 4],
        "age_ms": {"whole": {"p50": 2.0, "p95": 2.0, "p99": 2.0, "count": 1}},
    }
    assert json_gaps([GAP]) == [{"codec": "avif", "reason": "not installed"}]


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentiles_of(values) == Percentiles(p50=50.0, p95=95.0, p99=99.0, count=100)
    assert percentiles_of([]) == Percentiles(p50=None, p95=None, p99=None, count=0)
    assert percentiles_of([1.0, 2.0]) == Percentiles(p50=1.0, p95=2.0, p99=2.0, count=2)


def test_json_is_replaced_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    for rows in ([1], [1, 2]):
        write_json(path, {"rows": rows})
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["rows"] == [1, 2]
    assert content["machine"]["cores"] >= 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["folder", "nowhere/rows.json"])
def test_a_file_that_cannot_be_written_gets_a_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BenchError, match="--json"):
        write_json(tmp_path / name, {})


def test_versions_are_those_that_run() -> None:
    machine = describe_machine()
    assert machine.python == platform.python_version()
    assert machine.packages["numpy"] == np.__version__
    assert machine.cores >= 1
    assert machine.processor
    assert installed_versions(["numpy", "no-such-package"]) == {"numpy": np.__version__}
