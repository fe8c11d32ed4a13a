"""The portal's pages about the register, by aggregate."""
