"""The virtual camera, with a device that remembers; and the real library where there is no device."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from narrowcast.receiver.virtual_camera import VirtualCamera, VirtualCameraError, open_pyvirtualcam
from narrowcast.receiver.window.overlay import Picture
from tests.reporters import keep_text


class FakeDevice:
    """A device of one size that remembers what it was shown."""

    device = "/dev/video9"

    def __init__(self, width: int, height: int, *, works: bool = True) -> None:
        self.shape = (height, width, 3)
        self.works = works
        self.shown = 0
        self.closed = False

    def send(self, frame: Picture) -> None:
        """Take a picture of the right size."""
        if not self.works:
            raise RuntimeError("error writing frame: no such device")
        assert frame.shape == self.shape and frame.flags.c_contiguous and not self.closed
        self.shown += 1

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class Devices:
    """Opens fake devices."""

    def __init__(self, *, works: bool = True) -> None:
        self.opened: list[FakeDevice] = []
        self._works = works

    def open(self, width: int, height: int) -> FakeDevice:
        """Open the next."""
        self.opened.append(FakeDevice(width, height, works=self._works))
        return self.opened[-1]


def test_pictures_are_shown_and_another_size_opens_it_anew() -> None:
    devices, told = Devices(), list[str]()
    camera = VirtualCamera(keep_text(told), devices.open)
    picture = np.zeros((64, 96, 3), np.uint8)
    for shown in (picture, picture[:, ::-1], picture[:, :64]):
        camera.show(shown)
    camera.close()
    camera.close()
    probe, first, second = devices.opened
    assert (probe.shown, first.shown, second.shown) == (0, 2, 1)
    assert all(device.closed for device in devices.opened)
    assert told == ["the stream is at the virtual camera /dev/video9"] * 2


def test_a_device_that_goes_away_is_told_once() -> None:
    devices, told = Devices(works=False), list[str]()
    camera = VirtualCamera(keep_text(told), devices.open)
    for _ in range(3):
        camera.show(np.zeros((64, 64, 3), np.uint8))
    assert told[1:] == [
        "the virtual camera has stopped: error writing frame: no such device; the stream goes on"
    ]
    assert devices.opened[-1].closed


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(VirtualCameraError, match=r"pip install 'narrowcast\[camera\]'"):
        VirtualCamera(print)


def test_without_a_device_it_says_how_to_get_one() -> None:
    pytest.importorskip(
        "pyvirtualcam", reason="pyvirtualcam is not installed (pip install 'narrowcast[camera]')"
    )
    try:
        open_pyvirtualcam(640, 360).close()
    except VirtualCameraError as error:
        assert str(error).startswith("there is no virtual camera here: ")
        assert sys.platform != "linux" or "modprobe v4l2loopback" in str(error)
    else:
        pytest.skip("there is a virtual camera here")
