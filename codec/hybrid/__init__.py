"""The hybrid codec: a video encoder's stream as base layer, restored by a generator."""
