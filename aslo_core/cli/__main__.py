"""`python -m aslo_core.cli`."""

from aslo_core.cli import main

main()
