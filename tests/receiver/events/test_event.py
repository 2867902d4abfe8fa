"""An event as one line of JSON."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from narrowcast.receiver.events.event import Event, EventKind, EventState, to_json

AT = datetime(2026, 1, 31, 23, 59, 58, 123456, tzinfo=timezone(timedelta(hours=1)))


def test_a_line_has_what_there_is_and_nothing_else() -> None:
    begun = Event(kind=EventKind.MOTION, state=EventState.BEGIN, at_us=5)
    assert json.loads(to_json(begun, stream="yard", at=AT)) == {
        "time": "2026-01-31T23:59:58.123+01:00",
        "stream": "yard",
        "event": "motion",
        "state": "begin",
    }
    ended = Event(kind=EventKind.LINK, state=EventState.END, at_us=5, seconds=1.23456, detail="line\nend")
    text = to_json(ended, stream="Hof ☂", at=AT)
    assert "\n" not in text and "☂" in text
    assert json.loads(text)["seconds"] == 1.235 and json.loads(text)["detail"] == "line\nend"
