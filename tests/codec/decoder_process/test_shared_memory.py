"""Tests of shared_memory.py: pictures are lent, come back when nobody has them, are copied beyond that."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest

from narrowcast.codec.decoder_process.shared_memory import (
    LENT_PICTURES,
    SharedMemory,
    SharedPictures,
    open_memory,
)

WIDTH, HEIGHT = 66, 64


@pytest.fixture
def pictures() -> SharedPictures:
    shared = SharedMemory()
    memory = shared.open(SharedPictures.byte_count(WIDTH, HEIGHT))
    shared.close()
    return SharedPictures(memory, WIDTH, HEIGHT)


def test_both_sides_see_the_same_pictures() -> None:
    shared = SharedMemory()
    byte_count = SharedPictures.byte_count(WIDTH, HEIGHT)
    ours = SharedPictures(shared.open(byte_count), WIDTH, HEIGHT)
    theirs = SharedPictures(open_memory(shared.descriptor, shared.name, byte_count), WIDTH, HEIGHT)
    shared.close()
    assert ours.write_payload(b"a payload") and theirs.read_payload(9) == b"a payload"
    assert not ours.write_payload(bytes(byte_count)) and len(theirs.read_payload(byte_count)) < byte_count
    for number in range(LENT_PICTURES + 1):
        theirs.picture(number)[:] = number
    assert [int(ours.picture(number).mean()) for number in range(LENT_PICTURES + 1)] == [
        *range(LENT_PICTURES + 1)
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows' memory has a name while it is open")
def test_the_memory_has_no_name_that_could_be_left_behind() -> None:
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    shared = SharedMemory()
    assert os.fstat(shared.descriptor).st_nlink == 0
    assert before >= (set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set())
    shared.close()


def test_a_picture_is_free_again_when_its_last_view_is_gone(pictures: SharedPictures) -> None:
    number = pictures.take()
    view = pictures.lend(number)[1:, ::2]
    taken = [pictures.take() for _ in range(LENT_PICTURES - 1)]
    assert number not in taken and pictures.take() == 0
    del view
    gc.collect()
    assert pictures.take() == number


def test_pictures_beyond_those_that_are_lent_are_copies(pictures: SharedPictures) -> None:
    held = [pictures.lend(pictures.take()) for _ in range(LENT_PICTURES)]
    assert pictures.take() == 0
    pictures.picture(0)[:] = 7
    copy = pictures.lend(0)
    pictures.picture(0)[:] = 9
    assert np.all(copy == 7) and all(rgb.shape == (HEIGHT, WIDTH, 3) for rgb in held)


def test_a_picture_that_was_not_used_is_the_next_one(pictures: SharedPictures) -> None:
    number = pictures.take()
    pictures.give_back(number)
    assert pictures.take() == number
    pictures.give_back(0)
    assert 0 not in [pictures.take() for _ in range(LENT_PICTURES - 1)]
