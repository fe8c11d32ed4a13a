"""The permission matrix: every address x the cast of TRUST.md 3 x seven methods, with the expected status each."""
