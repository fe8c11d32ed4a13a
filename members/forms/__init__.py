"""What people type about the register, by aggregate."""
