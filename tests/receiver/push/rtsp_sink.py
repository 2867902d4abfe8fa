"""A media server by GStreamer, for the system's Python: rtsp_sink.py PORT takes ANNOUNCE and RECORD at /in.

It prints "ready", and then a line for each picture that it has decoded: width, height, mean brightness.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - the versions have to be chosen first

TAKE = (
    "( rtph264depay name=depay0 ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=GRAY8 "
    "! appsink name=pictures emit-signals=true sync=false )"
)


def take(sink: Gst.Element) -> Gst.FlowReturn:
    """Print what a picture is like."""
    sample = sink.emit("pull-sample")
    shape = sample.get_caps().get_structure(0)
    width, height = shape.get_value("width"), shape.get_value("height")
    content = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
    print(width, height, sum(content) // len(content), flush=True)
    return Gst.FlowReturn.OK


def configured(factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
    """Listen to the pictures of a stream that begins."""
    media.get_element().get_by_name("pictures").connect("new-sample", take)


def main() -> None:
    """Serve until killed."""
    Gst.init(None)
    for element, package in (
        ("avdec_h264", "gstreamer1.0-libav"),
        ("rtph264depay", "gstreamer1.0-plugins-good"),
    ):
        if Gst.ElementFactory.find(element) is None:
            sys.exit(f"there is no {element}: apt install {package}")
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    factory.set_launch(TAKE)
    factory.connect("media-configure", configured)
    server.get_mount_points().add_factory("/in", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
