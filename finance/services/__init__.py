"""What is done with the union fund."""
