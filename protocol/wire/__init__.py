"""The wire: messages, their fields, and the bytes they become."""
