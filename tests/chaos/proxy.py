"""The benchmark's TCP proxy as a process, so that it can live in a namespace: one command a line on stdin."""

from __future__ import annotations

import sys

from narrowcast.benchmark.network.proxy import TcpProxy


def main() -> None:
    """Run until stdin ends: python -m tests.chaos.proxy HOST PORT TARGET_HOST TARGET_PORT."""
    host, port, target_host, target_port = sys.argv[1:5]
    with TcpProxy((target_host, int(target_port)), host=host, port=int(port)) as proxy:
        commands = {"freeze": proxy.freeze, "thaw": proxy.thaw, "cut": proxy.cut, "mend": proxy.mend}
        print("ready", flush=True)
        for line in sys.stdin:
            commands[line.strip()]()
            print(line.strip(), flush=True)


if __name__ == "__main__":
    main()
