"""``python -m circularity.cli``."""

from circularity.cli import main

main()
