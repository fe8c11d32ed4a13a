"""The portal's pages about welfare: one's own, and the branch's."""
