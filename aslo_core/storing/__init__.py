"""What operators do with storages: switch to one, retire one, read everything on one again."""
