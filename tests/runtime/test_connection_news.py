"""What is said about connections: once, with a way out, and never in a flood."""

from __future__ import annotations

from protocol import ConnectionCut, HandshakeFailed, HandshakeFailure, UnknownKeyRefused, key_text
from runtime.connection_news import ConnectionNews

OWN, STRANGER = bytes(32), b"\x01" * 32
REFUSED = HandshakeFailed(failure=HandshakeFailure.KEY_REFUSED)
BROKEN_OFF = HandshakeFailed(failure=HandshakeFailure.BROKEN_OFF)


def news(own_key: bytes | None = OWN) -> ConnectionNews:
    return ConnectionNews("tcp://192.0.2.5:5555", own_key)


def test_who_is_refused_reads_the_command_to_run_there_once() -> None:
    told = news()
    assert not told.refused
    (line,) = told.lines([REFUSED, REFUSED], 0)
    assert f"narrowcast keys allow {key_text(OWN)} --name " in line and "tcp://192.0.2.5:5555" in line
    assert told.refused and told.lines([REFUSED], 0) == []
    told.let_in()
    assert not told.refused and len(told.lines([REFUSED], 0)) == 1


def test_a_handshake_that_breaks_off_is_explained_by_what_we_have() -> None:
    assert "another key than this address" in news().lines([BROKEN_OFF], 0)[0]
    assert "with ?key=..." in news(None).lines([BROKEN_OFF], 0)[0]
    mismatch = HandshakeFailed(failure=HandshakeFailure.MECHANISM)
    assert "with ?key=..." in news(None).lines([mismatch], 0)[0]


def test_a_stranger_is_told_once_with_the_command_to_run_here() -> None:
    told = news()
    stranger = UnknownKeyRefused(key=STRANGER, address="192.0.2.7")
    (line,) = told.lines([stranger, stranger], 0)
    assert f"narrowcast keys allow {key_text(STRANGER)} --name NAME" in line and "192.0.2.7" in line


def test_who_tries_a_thousand_keys_fills_no_log() -> None:
    strangers = [
        UnknownKeyRefused(key=bytes([i, j] * 16), address="x") for i in range(10) for j in range(100)
    ]
    lines = news().lines(list(strangers), 0)
    assert len(lines) == 17 and "not listed any more" in lines[-1]


def test_cut_connections_are_summed_up() -> None:
    told, cut = news(), ConnectionCut(address="192.0.2.7", reason="for a test")
    assert told.lines([cut] * 100, 0) == ["cut the connection from 192.0.2.7: for a test"]
    assert told.lines([cut], 11_000_000)[0].endswith("(and 99 others before)")
