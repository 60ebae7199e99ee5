"""What the script says on stdout: one JSON object per line."""
import json
import sys
from threading import Lock

lock = Lock()


def say(**what):
    # print() writes the text and its newline apart: two writers at once leave two objects in one line.
    with lock:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
