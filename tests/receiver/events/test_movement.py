"""How much of a scene moves."""

from __future__ import annotations

from narrowcast.receiver.events.movement import Movement
from narrowcast.receiver.events.sample import make_sample
from tests.receiver.events.scenes import Camera, wall

STEP_US = 200_000


def learned(camera: Camera) -> Movement:
    movement = Movement()
    for number in range(40):
        assert movement.share(make_sample(camera.picture(), number * STEP_US)) < 0.001
    return movement


def test_the_share_is_that_of_what_moves() -> None:
    camera = Camera(wall())
    movement = learned(camera)
    share = movement.share(make_sample(camera.picture(disc_at=(100, 90)), 41 * STEP_US))
    assert 0.004 < share < 0.03  # the disc itself has 1.1%, less where the wall is as bright


def test_other_light_is_no_movement_even_where_it_is_more_than_can_be_evened_out() -> None:
    camera = Camera(wall())
    movement = learned(camera)
    for number, light in enumerate((0.6, 1.5, 0.1, 1.0), 41):
        assert movement.share(make_sample(camera.picture(light=light), number * STEP_US)) < 0.003


def test_what_stands_still_becomes_background() -> None:
    camera = Camera(wall())
    movement = learned(camera)
    shares = [
        movement.share(make_sample(camera.picture(disc_at=(100, 90)), number * STEP_US))
        for number in range(41, 341)
    ]
    assert shares[0] > 0.003 and shares[-1] < 0.001
