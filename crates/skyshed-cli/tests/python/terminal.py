"""Runs a command on a pseudo-terminal and prints what the terminal would get.

    terminal.py COLUMNS SECONDS [--type TEXT --until TEXT] COMMAND ...

With --type, TEXT (\\t for Tab) is typed once the command has said "ready>", and the terminal is read until --until shows up after
it. Ends with the exit code of the command; 124 where SECONDS pass first.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time


def main():
    columns, seconds, rest = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    keys = until = None
    if rest[0] == "--type":
        keys, until, rest = rest[1].replace("\\t", "\t").encode(), rest[3].encode(), rest[4:]
    child, terminal = pty.fork()
    if child == 0:
        # The size is set before the command looks at it.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        os.execvp(rest[0], rest)
    said, typed, deadline = b"", None, time.monotonic() + seconds
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            os.kill(child, 9)
            sys.stdout.buffer.write(said)
            sys.exit(124)
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            break
        said += part
        if keys and typed is None and b"ready>" in said:
            os.write(terminal, keys)
            typed = len(said)
        if typed is not None and until in said[typed:]:
            os.kill(child, 9)
            break
    _, status = os.waitpid(child, 0)
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    sys.exit(0 if until and typed is not None and until in said[typed:] else os.waitstatus_to_exitcode(status))


main()
