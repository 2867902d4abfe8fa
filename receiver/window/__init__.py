"""The window: pictures, statistics and what is drawn over them."""
