"""A program for tests: talks and ends, leaves without a word, or stays until it is stopped."""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> int:
    """Do as the argument says."""
    if sys.argv[1] == "leave":
        return 3
    print(json.dumps({"event": "notice", "url": "tcp://127.0.0.1:1"}), flush=True)
    if sys.argv[1] == "stay":
        time.sleep(60)
    print(json.dumps({"event": "summary", "said": os.environ["TALKING_PROGRAM"]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
