"""What happens to a stream and in its pictures, as events, and where those are sent."""
