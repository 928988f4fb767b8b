"""``python -m tinystyle``."""

from tinystyle.cli import main

raise SystemExit(main())
