"""Pages of the ground: files and lists that leave the house."""
