"""`narrowcast lab all`: every experiment, small, and one page that tells the story with their results."""
