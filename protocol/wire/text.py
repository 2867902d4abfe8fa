"""Text from a peer is made safe to print where all programs' text is."""

from narrowcast.text import MAX_PRINTED_CHARACTERS, printable

__all__ = ["MAX_PRINTED_CHARACTERS", "printable"]
