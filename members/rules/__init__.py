"""Law and policy of the register as pure functions, by subject: facts in, a verdict or a figure out."""
