"""Canonical forms by the package rfc8785, one line each for the JSON values on standard input, one line each."""

import json
import sys

import rfc8785

for line in sys.stdin.buffer:
    sys.stdout.buffer.write(rfc8785.dumps(json.loads(line)) + b"\n")
