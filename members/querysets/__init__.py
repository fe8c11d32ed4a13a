"""Chainable filters of the register, by what they filter."""
