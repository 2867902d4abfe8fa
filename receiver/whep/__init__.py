"""WHEP: the stream to players over WebRTC, H.264 or VP8 without delay (extra `whep`)."""
