"""What changes the register, by aggregate."""
