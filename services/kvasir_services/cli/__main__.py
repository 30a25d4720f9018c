"""The console script: an interrupt while everything is imported ends it as quietly as one later."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """`kvasir`, and `python -m kvasir_services.cli`."""
    try:
        from kvasir_services.cli.main import main as run  # noqa: PLC0415 - see above

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
