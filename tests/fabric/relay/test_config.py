"""The settings of a relay."""

from __future__ import annotations

import pytest

from narrowcast.errors import NarrowcastError
from narrowcast.fabric.relay.config import RelayConfig, RelaySource, parse_camera
from narrowcast.fabric.retention import StreamLimits

URL = "tcp://10.0.0.7:5555"


def test_a_camera_has_a_name_or_is_called_as_its_address() -> None:
    assert parse_camera(f"front={URL}") == RelaySource(name="front", url=URL)
    assert parse_camera(URL) == RelaySource(name="10-0-0-7-5555", url=URL)
    keyed = parse_camera(f"front={URL}?key=abc")
    assert keyed.url == f"{URL}?key=abc" and keyed.address == URL
    assert parse_camera(f"{URL}?key=abc").name == "10-0-0-7-5555"


def test_how_much_is_kept_is_said_for_all() -> None:
    assert RelayConfig(cameras=(URL,)).retention == StreamLimits()
    config = RelayConfig(cameras=(URL,), keep=60.0, keep_gb=1.5)
    assert config.retention == StreamLimits(keep_s=60.0, keep_bytes=1_500_000_000)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cameras": (f"a.b={URL}",)}, "'a.b' is no name of a camera"),
        ({"cameras": (f"*={URL}",)}, "is no name of a camera"),
        ({"cameras": (f"a={URL}", f"a={URL}1")}, "two cameras are called a"),
        ({"cameras": ("a=http://x",)}, "is no address: write it as tcp://HOST:PORT"),
        ({"cameras": (URL,), "fabric": "hub"}, "fabric is 'hub'; write it as local"),
        ({"cameras": (URL,), "fabric": "nats://hub"}, "has no fingerprint: paste it whole"),
        ({"cameras": (URL,), "keep": 0.5}, "keep is below a second"),
        ({"cameras": (URL,), "keep_gb": 0.0}, "keep_gb is 0; it has to be above 0"),
        ({"cameras": (URL,), "keyframe_every": 0.5}, "keyframe_every is 0.5"),
    ],
)
def test_what_cannot_be_is_told(settings: dict[str, object], words: str) -> None:
    with pytest.raises(NarrowcastError, match=words.replace("*", r"\*")):
        RelayConfig(**settings)  # type: ignore[arg-type]


def test_a_relay_that_listens_has_addresses_of_its_own() -> None:
    RelayConfig(cameras=("front=tcp://*:5555",), bind=True)
    with pytest.raises(NarrowcastError, match="names no machine"):
        RelayConfig(cameras=("front=tcp://*:5555",))
