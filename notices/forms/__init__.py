"""What people type about notices, by aggregate."""
