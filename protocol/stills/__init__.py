"""Exact stills: pictures as they were before coding, sent in slices beside the stream."""
