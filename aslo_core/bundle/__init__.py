"""What is inside a .xo bundle, and how one is made."""
