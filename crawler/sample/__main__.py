"""`python -m crawler.sample`: serves the sample web until it is told to stop (SIGINT, SIGTERM), for `sourcekeep demo`.

The first line of standard output is a JSON object: `port`, `home` (address) and `resolve` (host name -> IP).
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from crawler.sample.server import SampleWeb
from crawler.sample.site import materialise


def main(arguments: list[str] | None = None) -> int:
    """Serves. Returns the exit code: 0, or 1 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m crawler.sample", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port (default)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the archive's pages there as well")
    options = parser.parse_args(arguments)
    stop = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    try:
        with SampleWeb(port=options.port, log=False) as served:
            if options.write:
                materialise(options.write, port=served.port)
            told = {"port": served.port, "home": served.home(), "resolve": served.resolve_table()}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
            signal.sigwait(stop)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
