"""What runs in the confined process. Imports the standard library alone, since nothing else is visible there."""
