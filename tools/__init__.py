"""Commands for people who work on the code itself; nothing here is installed."""
