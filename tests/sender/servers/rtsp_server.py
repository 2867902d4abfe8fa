"""An RTSP camera by GStreamer, for the system's Python: rtsp_server.py PORT [USER PASSWORD]."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - the versions have to be chosen first

CAMERA = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=15/1 "
    "! x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def main() -> None:
    """Serve rtsp://127.0.0.1:PORT/camera until killed."""
    port, *account = sys.argv[1:]
    Gst.init(None)
    if Gst.ElementFactory.find("x264enc") is None:
        sys.exit("there is no x264enc: apt install gstreamer1.0-plugins-ugly")
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(CAMERA)
    factory.set_shared(True)
    if account:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth = GstRtspServer.RTSPAuth()
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*account), token)
        server.set_auth(auth)
        access = GstRtspServer.RTSPPermissions()
        access.add_permission_for_role("viewer", "media.factory.access", True)
        access.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(access)
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
