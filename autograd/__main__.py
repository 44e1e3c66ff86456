"""The command line: python -m autograd."""

import sys

from autograd.cli.main import main, print_anywhere

if __name__ == "__main__":
    print_anywhere()
    sys.exit(main())
