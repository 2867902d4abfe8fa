"""Rate and flow control: what a link carries, when a frame may go out, and how large it may be."""
