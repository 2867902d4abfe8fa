"""What is told of generated scenes: noise, light, a moving disc, a covered lens, a moved camera, darkness."""

from __future__ import annotations

import math

import numpy as np
import pytest

from narrowcast.receiver.events.scene_watch import COVERED_US, MOTION_END_US, MOVED_US, SceneWatch
from tests.receiver.events.scenes import HEIGHT, SECOND_US, WIDTH, Camera, Picture, Watched, settled, wall


@pytest.fixture
def camera() -> Camera:
    return Camera(wall())


@pytest.mark.parametrize("noise", [0.0, 4.0, 12.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_quiet_scene_gives_no_event_whatever_the_noise(noise: float, seed: int) -> None:
    camera = Camera(wall(seed), noise=noise)
    assert Watched().show(60, lambda _: camera.picture()) == []


def test_equal_pictures_are_no_event_unless_they_are_asked_for(camera: Camera) -> None:
    picture = camera.picture()
    assert Watched().show(120, lambda _: picture) == []
    watched = Watched(still_us=30 * SECOND_US)
    assert watched.show(40, lambda _: picture) == ["still begin"]
    assert watched.show(1, lambda _: camera.picture()) == ["still end"]
    assert watched.events[-1].seconds == pytest.approx(40, abs=0.5)


def test_a_disc_that_moves_is_motion_from_beginning_to_end(camera: Camera) -> None:
    watched = settled(camera)
    start_us = watched.at_us
    crossing = watched.show(5, lambda t: camera.picture(disc_at=(20 + 50 * t, 90)))
    assert crossing == ["motion begin"]
    assert watched.events[-1].at_us - start_us <= 600_000
    assert watched.show(10, lambda _: camera.picture()) == ["motion end"]
    assert watched.events[-1].seconds == pytest.approx(5 + MOTION_END_US / 1e6, abs=1.0)


def test_a_small_pause_does_not_end_motion(camera: Camera) -> None:
    watched = settled(camera)
    for _ in range(3):
        watched.show(3, lambda t: camera.picture(disc_at=(40 + 60 * t, 60)))
        watched.show(2, lambda _: camera.picture())
    assert [event.state.value for event in watched.events] == ["begin"]


@pytest.mark.parametrize("light", [0.5, 0.8, 1.25, 1.6])
def test_light_that_changes_at_once_is_nothing_of_these(camera: Camera, light: float) -> None:
    watched = settled(camera)
    assert watched.show(30, lambda _: camera.picture(light=light)) == []


def test_light_that_changes_slowly_or_swings_is_nothing_of_these(camera: Camera) -> None:
    watched = settled(camera)
    assert watched.show(60, lambda t: camera.picture(light=1.0 - 0.4 * math.sin(t / 10))) == []
    assert watched.show(20, lambda t: camera.picture(light=1.0 - 0.1 * math.sin(6 * t))) == []


def test_a_covered_lens_is_told_and_so_is_its_end(camera: Camera) -> None:
    watched = settled(camera)
    start_us = watched.at_us
    assert watched.show(8, lambda _: camera.picture(cover=True)) == ["covered begin"]
    assert watched.events[-1].at_us - start_us == pytest.approx(COVERED_US, abs=300_000)
    assert watched.show(15, lambda _: camera.picture()) == ["covered end"]


def test_a_hand_that_passes_is_motion_and_covers_nothing(camera: Camera) -> None:
    watched = settled(camera)
    assert "covered begin" not in watched.show(1, lambda _: camera.picture(cover=True))


def test_a_wall_without_detail_is_not_taken_for_a_covered_lens() -> None:
    plain = Camera(np.full((HEIGHT, WIDTH), 128.0))
    watched = settled(plain)
    assert watched.show(20, lambda _: plain.picture(cover=True)) == []


def test_darkness_is_black_and_not_covered(camera: Camera) -> None:
    watched = settled(camera)
    assert watched.show(8, lambda _: camera.picture(light=0.02)) == ["black begin"]
    assert watched.show(15, lambda _: camera.picture()) == ["black end"]


def test_a_night_with_a_lamp_is_not_black() -> None:
    night = wall() * 0.02
    night[40:80, 60:100] = 200.0
    camera = Camera(night)
    assert Watched().show(20, lambda _: camera.picture()) == []


@pytest.mark.parametrize("shift", [12, 60, 150])
def test_a_camera_that_was_turned_is_told_once(camera: Camera, shift: int) -> None:
    watched = settled(camera)
    start_us = watched.at_us
    told = watched.show(40, lambda _: camera.picture(shift=shift))
    assert told.count("moved once") == 1
    moved = next(event for event in watched.events if event.kind.value == "moved")
    assert moved.at_us - start_us == pytest.approx(MOVED_US, abs=600_000)
    assert watched.show(30, lambda _: camera.picture(shift=shift)) in ([], ["motion end"])


def test_a_camera_that_shakes_and_a_lorry_that_passes_are_not_moved(camera: Camera) -> None:
    watched = settled(camera)
    watched.show(20, lambda t: camera.picture(shift=round(2 * math.sin(9 * t))))

    def lorry(t: float) -> Picture:
        picture = camera.picture()
        left = round(-200 + 100 * t)
        picture[20:160, max(0, left) : max(0, left + 200)] = 180
        return picture

    watched.show(8, lorry)
    watched.show(10, lambda _: camera.picture())
    assert not [event for event in watched.events if event.kind.value == "moved"]


def test_what_was_parked_is_part_of_the_scene_after_a_while(camera: Camera) -> None:
    watched = settled(camera)
    told = watched.show(90, lambda _: camera.picture(disc_at=(200, 100)))
    assert told == ["motion begin", "motion end"]


def test_without_pictures_nothing_goes_on(camera: Camera) -> None:
    watched = settled(camera)
    watched.show(3, lambda t: camera.picture(disc_at=(20 + 50 * t, 90)))
    (end,) = watched.watch.pause(watched.at_us)
    assert (end.kind.value, end.state.value) == ("motion", "end")
    watched.at_us += 60 * SECOND_US
    assert watched.show(5, lambda _: camera.picture()) == []


def test_another_size_of_picture_is_a_new_beginning(camera: Camera) -> None:
    watched = settled(camera)
    assert watched.show(10, lambda _: camera.picture()[:120]) == []


def test_pictures_that_come_too_often_are_not_looked_at(camera: Camera) -> None:
    watch = SceneWatch()
    assert watch.wants(0)
    watch.picture(camera.picture(), 0)
    assert not watch.wants(100_000) and watch.wants(200_000)
    assert watch.picture(camera.picture(), 100_000) == []
