"""``python -m fulfillment_bridge``."""

from fulfillment_bridge.cli.main import main

if __name__ == "__main__":
    main()
