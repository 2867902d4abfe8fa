"""The headers of the page's answers."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")

from narrowcast.receiver.web.answers import HEADERS, PAGE_FOLDER, headers_for


def test_scripts_and_styles_come_from_the_page_alone_and_nobody_frames_it() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'none'") and HEADERS["Cache-Control"] == "no-store"


def test_the_sites_that_may_frame_the_picture_are_named() -> None:
    policy = headers_for("https://home.example")["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://home.example")
    assert (
        policy.partition("frame-ancestors")[0] == HEADERS["Content-Security-Policy"].partition("frame-a")[0]
    )


def test_no_page_has_a_script_or_a_style_of_its_own_nor_anything_from_elsewhere() -> None:
    for path in PAGE_FOLDER.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<style" not in text and " style=" not in text and " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="')
    for path in PAGE_FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text, path
