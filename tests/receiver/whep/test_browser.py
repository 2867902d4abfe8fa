"""WHEP in a real browser, with the few lines that a page of one's own needs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra whep is not installed")

from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.receiver.whep.players import moving, site_of

pytestmark = NEEDS_CHROMIUM

PICTURE = camera_like(160, 96, seed=1)
PLAY = """
(async () => {
  const peer = new RTCPeerConnection();
  const receiver = peer.addTransceiver('video', {direction: 'recvonly'});
  const only = RTCRtpReceiver.getCapabilities('video').codecs.filter((each) => each.mimeType === CODEC);
  if (only.length === 0) return 'not here';
  receiver.setCodecPreferences(only);
  await peer.setLocalDescription();
  const answer = await fetch('whep', {
    method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: peer.localDescription.sdp,
  });
  if (answer.status !== 201) return await answer.text();
  await peer.setRemoteDescription({type: 'answer', sdp: await answer.text()});
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([receiver.receiver.track]);
  await video.play();
  Object.assign(window, {peer, video, session: answer.headers.get('Location')});
  return 'playing';
})()
"""
DECODED = """
(async () => {
  const statistics = [...(await peer.getStats()).values()];
  return statistics.find((each) => each.type === 'inbound-rtp').framesDecoded;
})()
"""
PIXELS = """
(() => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
})()
"""
END = """
(async () => { const ended = await fetch(session, {method: 'DELETE'}); peer.close(); return ended.status; })()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_a_browser_plays_the_stream(browser: Browser, codec: str) -> None:
    with site_of() as site, moving(site.views[0], [PICTURE]):
        browser.open(site.url)
        browser.wait_for("document.querySelector('#picture') && !location.search")
        played = browser.run(PLAY.replace("CODEC", json.dumps(f"video/{codec}")))
        if played == "not here":
            pytest.skip(f"this browser has no {codec}")
        assert played == "playing"
        wait_until(lambda: browser.run(DECODED) >= 20)
        assert browser.run("[video.videoWidth, video.videoHeight]") == [160, 96]
        pixels = np.array(browser.run(PIXELS)).reshape(96, 160, 4)[:, :, :3]
        assert np.abs(pixels - PICTURE).mean() < 8  # colours at half the size
        assert browser.run(END) == 200
        browser.open("about:blank")
        wait_until(lambda: site.views[0].hub.browsers == 0)
