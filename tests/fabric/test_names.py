"""What belongs to a camera."""

from __future__ import annotations

from narrowcast.fabric.names import (
    alert_subject,
    frame_subject,
    keyframe_subject,
    state_subject,
    stream_of,
    subjects_of,
    video_subjects,
)


def test_the_stream_of_a_camera_records_its_subjects_and_no_others() -> None:
    assert keyframe_subject("front") == "nc.v.front.k" and frame_subject("front") == "nc.v.front.d"
    assert subjects_of("front") == [video_subjects("front"), state_subject("front"), alert_subject("front")]
    assert subjects_of("front") == ["nc.v.front.*", "nc.i.front", "nc.a.front"]
    assert stream_of("front") == "nc_front"
