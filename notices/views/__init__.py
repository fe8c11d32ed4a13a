"""The portal's pages of notices, by aggregate."""
