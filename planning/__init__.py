"""A room that is still empty: the year's plan and its report, every number open to its rows."""
