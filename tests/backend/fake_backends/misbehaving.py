"""A backend that misbehaves: `misbehaving.py` reads HEADSMITH_FAULT and does that.

It speaks the protocol by hand, so that a fault in the product's own code cannot hide in it.
"""

import json
import os
import subprocess
import sys
import time


def say(**message: object) -> None:
    write(json.dumps(message) + "\n")


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def read_job() -> str:
    """The id of the first job; pings before it stay unanswered."""
    while True:
        message = json.loads(sys.stdin.readline())
        if message["type"] == "submit":
            return str(message["job"])


def main() -> None:
    fault = os.environ["HEADSMITH_FAULT"]
    if fault == "ends at once":
        sys.stderr.write("no such module: torch\n")
        sys.exit(1)
    if fault == "never answers":
        time.sleep(60)
    sys.stdin.readline()
    if fault == "garbage at start":
        write("Welcome to Python!\n")
        time.sleep(60)
    say(type="hello", protocol=999 if fault == "other version" else 2, version="9.9.9", news=[1])
    job = read_job()
    say(type="accepted", job=job, position=0)
    say(type="progress", job=job, stage="guide", fraction=0.1, eta_s=5.0)
    if fault == "dies in the middle":
        sys.stderr.write("Segmentation fault\n")
        sys.stderr.flush()
        os._exit(139)
    if fault == "leaves a child":
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        sys.stderr.write(f"{child.pid}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), 9)
    if fault == "garbage in the middle":
        write("\x00\xff progress 50%\n")
    if fault == "endless line":
        write("x" * (3 << 20))
    if fault == "result outside":
        say(type="result", job=job, path="../../etc/passwd")
    if fault == "no result file":
        say(type="result", job=job, path="result.json")
    time.sleep(60)  # and "hangs": not even a pong


main()
