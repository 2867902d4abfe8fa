"""The stream as H.264 to a media server: RTSP, RTMP, or MPEG-TS over UDP or SRT."""
