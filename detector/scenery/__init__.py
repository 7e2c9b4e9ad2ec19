"""What a fixed camera knows of its place: how it looks when empty, what was dismissed there."""
