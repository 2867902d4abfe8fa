"""Find what moves in a received stream, with OpenCV alone.

A background model learns the still scene; what stands out from it is boxed. With a second address the
pictures with their boxes are sent on there, as a stream of their own.
"""

import argparse
import contextlib

import cv2
import numpy as np

import narrowcast

MIN_AREA_SHARE = 0.002
"Smaller spots are noise, or leaves."


class Detector:
    """Remembers the background, and boxes what is in front of it."""

    def __init__(self) -> None:
        self.model = cv2.createBackgroundSubtractorMOG2(history=200, varThreshold=32, detectShadows=True)

    def boxes(self, rgb: np.ndarray) -> list[tuple[int, int, int, int]]:
        """Left, top, width and height of each moving object."""
        mask = self.model.apply(rgb)
        mask = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)[1]  # 127 marks a shadow
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        mask = cv2.dilate(mask, np.ones((9, 9), np.uint8))
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        smallest = MIN_AREA_SHARE * mask.size
        return [cv2.boundingRect(outline) for outline in outlines if cv2.contourArea(outline) > smallest]


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address that the sender printed")
parser.add_argument("send_to", nargs="?", help="address to listen on with the boxed pictures")
given = parser.parse_args()

detector = Detector()
with contextlib.ExitStack() as stack:
    stack.enter_context(contextlib.suppress(KeyboardInterrupt))
    out = None
    for frame in narrowcast.receive(given.url, until_end=True):
        found = detector.boxes(frame.rgb)
        print(f"frame {frame.sequence}: {len(found)} moving", *found, flush=True)
        if given.send_to is None:
            continue
        height, width, _ = frame.rgb.shape
        out = out or stack.enter_context(narrowcast.Sender(given.send_to, size=(width, height), codec="jpeg"))
        for left, top, box_width, box_height in found:
            cv2.rectangle(frame.rgb, (left, top), (left + box_width, top + box_height), (250, 60, 60), 2)
        out.send(frame.rgb, frame.capture_us)
