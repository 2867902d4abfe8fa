"""The wire format: messages, their fields, and the bytes that they become."""
