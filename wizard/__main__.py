"""`python -m wizard` is the same as `golive`."""

import sys

from wizard.cli import main

sys.exit(main())
