"""What belongs to a camera in a fabric: its subjects, and the stream that records it."""

from __future__ import annotations

LEASES = "nc_lease"
"The bucket of keys and values in which relays hold their cameras."
FLEET = "nc_fleet"
"The same for workers, which decode cameras; who works is in it too."

_STREAMS = "nc_"


def keyframe_subject(camera: str) -> str:
    """Where keyframes go, each with what a decoder has to know before it."""
    return f"nc.v.{camera}.k"


def frame_subject(camera: str) -> str:
    """Where all other frames go."""
    return f"nc.v.{camera}.d"


def video_subjects(camera: str) -> str:
    """Both of these, to subscribe to."""
    return f"nc.v.{camera}.*"


def state_subject(camera: str) -> str:
    """Where the relay says what the camera sends and whether it does (the parameters of the stream)."""
    return f"nc.i.{camera}"


def alert_subject(camera: str) -> str:
    """Where programs that look at the camera tell what they saw."""
    return f"nc.a.{camera}"


def tile_subject(camera: str) -> str:
    """Where the worker that has a camera tells how it looks: a small picture and its alerts; not recorded."""
    return f"nc.t.{camera}"


def lease_subject(camera: str) -> str:
    """The lease of the relay that publishes a camera."""
    return f"$KV.{LEASES}.{camera}"


def fleet_lease_subject(camera: str) -> str:
    """The lease of the worker that decodes a camera."""
    return f"$KV.{FLEET}.c.{camera}"


def worker_subject(run: str) -> str:
    """Where a worker says, again and again, that it works."""
    return f"$KV.{FLEET}.w.{run}"


def subjects_of(camera: str) -> list[str]:
    """What the stream of a camera records."""
    return [video_subjects(camera), state_subject(camera), alert_subject(camera)]


def stream_of(camera: str) -> str:
    """The JetStream stream that records a camera."""
    return f"{_STREAMS}{camera}"


def camera_of_stream(stream: str) -> str | None:
    """Undo stream_of; None where the stream is another one."""
    return stream.removeprefix(_STREAMS) if stream.startswith(_STREAMS) else None
