"""The fund in the portal."""
