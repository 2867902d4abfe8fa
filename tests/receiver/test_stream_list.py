"""Tests of receiver/stream_list.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.stream_list import MAX_STREAMS, configs_for
from narrowcast.runtime.web.address import WebAddress

HERE = WebAddress(host="127.0.0.1", port=0)
KEY = "a" * 52
ONE = ReceiverConfig(url="tcp://a:1", record=Path("all.mp4"), save_frames=Path("pictures"))


def test_one_stream_is_as_it_was() -> None:
    assert configs_for(ONE, ["tcp://a:1"]) == (ONE,)


def test_several_have_files_of_their_own_and_no_window() -> None:
    first, second = configs_for(replace(ONE, web=HERE), ["tcp://a:1", f"tcp://b:2?key={KEY}"])
    assert (first.record, second.record) == (Path("all-1.mp4"), Path("all-2.mp4"))
    assert second.save_frames == Path("pictures/2")
    assert not first.window and not second.window
    assert (second.url, second.label) == (f"tcp://b:2?key={KEY}", "b:2")


@pytest.mark.parametrize(
    ("config", "urls", "complaint"),
    [
        (ONE, ["tcp://a:1", "tcp://b:1"], "shown on one page"),
        (replace(ONE, web=HERE, snapshot=Path("a.png")), ["tcp://a:1", "tcp://b:1"], "snapshot is of one"),
        (replace(ONE, web=HERE, virtual_camera=True), ["tcp://a:1", "tcp://b:1"], "virtual_camera shows one"),
        (replace(ONE, web=HERE), ["tcp://a:1", f"tcp://a:1?key={KEY}"], "tcp://a:1 is given twice"),
        (replace(ONE, web=HERE), [f"tcp://a:{port}" for port in range(1, MAX_STREAMS + 2)], "33 streams"),
    ],
)
def test_what_several_cannot_do_is_told(config: ReceiverConfig, urls: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        configs_for(config, urls)
