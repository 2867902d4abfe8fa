"""The two sessions: who is connected, and which frames are sent to whom. Sans-I/O."""
