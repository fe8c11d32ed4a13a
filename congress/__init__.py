"""A room that is still empty: the two congresses (教代会, 工代会): delegates, sessions, votes, resolutions."""
