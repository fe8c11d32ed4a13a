"""What `./run` does. Standard library only and no Django: it runs before there is a virtual environment."""
