"""A room that is still empty: activities, clubs, meets, training."""
