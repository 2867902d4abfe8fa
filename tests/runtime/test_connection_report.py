"""What is reported of connections: once, with what to do about it, and never in a flood."""

from __future__ import annotations

import pytest

from narrowcast.protocol import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    UnknownKeyRefused,
    key_text,
)
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.reporting import Level

OWN_KEY, OTHER_KEY = bytes(32), b"\x01" * 32
REFUSED = HandshakeFailed(failure=HandshakeFailure.KEY_REFUSED)
BROKEN_OFF = HandshakeFailed(failure=HandshakeFailure.BROKEN_OFF)


def report_of(own_key: bytes | None = OWN_KEY) -> ConnectionReport:
    return ConnectionReport("tcp://192.0.2.5:5555", own_key)


def texts(report: ConnectionReport, events: list[LinkNotice], now_us: int = 0) -> list[str]:
    return [notice.text for notice in report.notices(events, now_us)]


def test_who_is_refused_reads_the_command_to_run_there_once() -> None:
    report = report_of()
    assert not report.refused
    (text,) = texts(report, [REFUSED, REFUSED])
    assert f"narrowcast keys allow {key_text(OWN_KEY)} --name " in text and "tcp://192.0.2.5:5555" in text
    assert report.refused and texts(report, [REFUSED]) == []
    report.accepted()
    assert not report.refused and len(texts(report, [REFUSED])) == 1


@pytest.mark.parametrize("failure", list(HandshakeFailure))
def test_a_refused_connection_is_a_warning(failure: HandshakeFailure) -> None:
    (notice,) = report_of().notices([HandshakeFailed(failure=failure)], 0)
    assert notice.level is Level.WARNING


def test_a_handshake_that_breaks_off_is_explained_by_what_we_have() -> None:
    assert "another key than this address" in texts(report_of(), [BROKEN_OFF])[0]
    assert "with ?key=..." in texts(report_of(None), [BROKEN_OFF])[0]
    mismatch = HandshakeFailed(failure=HandshakeFailure.MECHANISM)
    assert "with ?key=..." in texts(report_of(None), [mismatch])[0]


def test_an_unknown_key_is_told_once_with_the_command_to_run_here() -> None:
    refused = UnknownKeyRefused(key=OTHER_KEY, address="192.0.2.7")
    (text,) = texts(report_of(), [refused, refused])
    assert f"narrowcast keys allow {key_text(OTHER_KEY)} --name NAME" in text and "192.0.2.7" in text


def test_a_peer_that_tries_a_thousand_keys_fills_no_log() -> None:
    events: list[LinkNotice] = [
        UnknownKeyRefused(key=bytes([i, j] * 16), address="x") for i in range(10) for j in range(100)
    ]
    found = texts(report_of(), events)
    assert len(found) == 17 and "not listed any more" in found[-1]


def test_cut_connections_are_summed_up() -> None:
    report, cut = report_of(), ConnectionCut(address="192.0.2.7", reason="for a test")
    assert texts(report, [cut] * 100) == ["cut the connection from 192.0.2.7: for a test"]
    assert texts(report, [cut], 11_000_000)[0].endswith("(and 99 others before)")
