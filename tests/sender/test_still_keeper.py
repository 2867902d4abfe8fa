"""Tests of sender/still_keeper.py."""

from __future__ import annotations

import numpy as np

from narrowcast import codec
from narrowcast.sender import still_keeper
from narrowcast.sender.still_keeper import GONE, MAX_PICTURES, StillKeeper
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until


class Answers:
    """Remembers what was answered."""

    def __init__(self) -> None:
        self.got: list[tuple[int, bytes | None, str]] = []

    def __call__(self, sequence: int, png: bytes | None, reason: str) -> None:
        self.got.append((sequence, png, reason))


def test_a_picture_that_is_kept_comes_as_it_was() -> None:
    answers = Answers()
    keeper = StillKeeper(answers)
    pictures = [camera_like(96, 64, seed=number) for number in range(3)]
    for number, picture in enumerate(pictures):
        keeper.keep(number, picture)
    keeper.want(1)
    wait_until(lambda: bool(answers.got))
    keeper.close()
    sequence, png, _ = answers.got[0]
    assert sequence == 1 and png is not None
    decoded = codec.create_decoder("png", width=96, height=64).decode(png)
    assert np.array_equal(decoded, pictures[1])


def test_the_oldest_pictures_go_and_that_is_told() -> None:
    answers = Answers()
    keeper = StillKeeper(answers)
    picture = camera_like(64, 64)
    for number in range(MAX_PICTURES + 1):
        keeper.keep(number, picture)
    keeper.want(0)
    keeper.want(1)
    wait_until(lambda: len(answers.got) == 2)
    keeper.close()
    assert answers.got[0] == (0, None, GONE)
    assert answers.got[1][1] is not None


def test_large_pictures_do_not_fill_the_memory() -> None:
    answers = Answers()
    keeper = StillKeeper(answers)
    picture = np.zeros((2160, 3840, 3), np.uint8)
    for number in range(5):
        keeper.keep(number, picture)
    assert sum(each.nbytes for each in keeper._pictures.values()) <= still_keeper.MAX_BYTES
    keeper.close()


def test_there_is_a_thread_only_once_a_picture_is_wanted() -> None:
    keeper = StillKeeper(Answers())
    keeper.keep(0, camera_like(64, 64))
    assert not keeper._worker.alive
    keeper.close()
