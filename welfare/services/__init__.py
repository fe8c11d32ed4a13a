"""What is done with benefit runs. Order of locks: the run's row, the year's ceilings, then the fund's lines."""
