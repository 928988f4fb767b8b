"""A program that opens the page as a browser would, and then says what a test wants it to say.

Run as ``fake_browser.py [flags] URL``; its plan is the JSON file in FAKE_BROWSER_PLAN: a list of
steps, each one of {"say": message}, {"send": [name, hex]}, {"sleep": seconds}, {"exit": code}.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def main() -> int:
    base = sys.argv[-1].rpartition("/")[0]
    plans = json.loads(Path(os.environ["FAKE_BROWSER_PLAN"]).read_text())
    with urllib.request.urlopen(f"{base}/job.json") as answer:
        job = json.load(answer)
    plan: list[dict[str, Any]] = plans["cold" if job["profile"] is None else "timed"]
    for step in plan:
        if "sleep" in step:
            time.sleep(step["sleep"])
        elif "exit" in step:
            print("[1:2] FATAL something broke", file=sys.stderr)
            return int(step["exit"])
        elif "say" in step:
            text = step["say"]
            body = text if isinstance(text, str) else json.dumps(text)
            _post(f"{base}/message", body.encode())
        else:
            name, content = step["send"]
            _post(f"{base}/{name}", bytes.fromhex(content))
    time.sleep(60)
    return 0


def _post(url: str, body: bytes) -> None:
    try:
        urllib.request.urlopen(urllib.request.Request(url, body)).close()
    except (urllib.error.HTTPError, OSError):
        sys.exit(5)  # as the page: nobody listens


if __name__ == "__main__":
    sys.exit(main())
