"""ZeroMQ: sockets, encryption, access control. No other room imports it."""
