"""``python -m lstm_studio`` is the command ``lstm-studio``."""

import sys

from lstm_studio.cli import main

if __name__ == "__main__":
    sys.exit(main())
