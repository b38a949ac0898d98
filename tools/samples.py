#!/usr/bin/env python3
"""Runs the sample commands of README.md and docs/ and compares what they print with what is shown, so that samples do not rot.

    python3 tools/samples.py [--bin target/debug] [--update] [FILE.md ...]

What is run, in one empty folder per document, in the order of the page:
- in blocks ```text, lines that begin with "$ "; the lines below one are what it prints. A line of "..." stands for any lines.
- in blocks ```sh, every command; it must succeed. What it prints is not looked at. What a block exports, later ones see.
- "<!-- file NAME -->" before a block writes it to that file; "<!-- file NAME", its lines and "-->" write what the reader does not see.
- "<!-- not run: WHY -->" before a block leaves it out; the reason is printed.
Commands in ```text blocks are run at the time of the page's samples (--at) unless they name one or are under Hypatia's conventions,
whose time is its own. SKYSHED_DATA (element sets of the past) is needed by some; "<!-- needs data NAME: FILE -->" copies
FILE from there before a block, and leaves the block out where there is none, unless SKYSHED_REQUIRE_DATA is set.
--update writes what is printed in place of what is shown where nothing is left out ("...").
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
AT = "2026-08-22T21:00:12Z"
# A sample that takes longer than this hangs, seconds.
PATIENCE_S = 300


class Block:
    """A fenced block, and the remarks that stand before it."""

    def __init__(self, kind, line, lines, remarks):
        self.kind, self.line, self.lines, self.remarks = kind, line, lines, remarks


def blocks(text):
    """The fenced blocks of a page and the hidden files, in order."""
    found, remarks, inside, hidden = [], [], None, None
    for number, line in enumerate(text.splitlines(), 1):
        if inside is not None:
            if line.strip() == "```":
                found.append(inside)
                inside = None
            else:
                inside.lines.append(line)
        elif hidden is not None:
            if line.strip() == "-->":
                found.append(hidden)
                hidden = None
            else:
                hidden.lines.append(line)
        elif line.startswith("```"):
            inside = Block(line[3:].strip(), number, [], remarks)
            remarks = []
        elif match := re.fullmatch(r"<!-- (.*) -->", line.strip()):
            remarks.append(match[1])
        elif match := re.fullmatch(r"<!-- (file .*)", line.strip()):
            hidden = Block("", number, [], [match[1]])
        elif line.strip():
            remarks = []
    return found


def sessions(lines):
    """The commands of a ```text block, each with the lines that it prints and where it stands in the block."""
    found = []
    for at, line in enumerate(lines):
        if line.startswith("$ "):
            found.append((at, line[2:], []))
        elif found:
            found[-1][2].append(line)
    for _, _, shown in found:
        while shown and not shown[-1].strip():
            shown.pop()
    return found


def scripts(lines):
    """The commands of a ```sh block: lines, those that end with a backslash together with the next."""
    found, command = [], ""
    for line in lines:
        command += line
        if command.rstrip().endswith("\\"):
            command = command.rstrip()[:-1]
            continue
        if command.split("#")[0].strip():
            found.append(command.strip())
        command = ""
    return found


def agrees(shown, printed):
    """Whether printed lines are the shown ones, where a line of "..." stands for any number of lines."""
    shown, printed = [line.rstrip() for line in shown], [line.rstrip() for line in printed]
    parts, part = [], []
    for line in shown:
        if line == "...":
            parts.append(part)
            part = []
        else:
            part.append(line)
    parts.append(part)
    if len(parts) == 1:
        return printed == parts[0]
    first, last = parts[0], parts[-1]
    if printed[: len(first)] != first or (last and printed[-len(last) :] != last):
        return False
    at, end = len(first), len(printed) - len(last)
    for part in parts[1:-1]:
        while at + len(part) <= end and printed[at : at + len(part)] != part:
            at += 1
        if at + len(part) > end:
            return False
        at += len(part)
    return at <= end


def nearest(shown, printed):
    """The first shown line that is not printed, for the message."""
    known = {line.rstrip() for line in printed}
    return next((line for line in shown if line.rstrip() not in known and line.strip() != "..."), "")


def as_run(command, timed=True):
    """The command, with nothing said of what is being done, and where it is timed at the time of the samples."""
    own_time = not timed or "--at" in command or "--convention hypatia" in command
    flags = "--progress never" + ("" if own_time else f" --at {AT}")
    return re.sub(r"(^|[|&;(] *)skyshed ", rf"\1skyshed {flags} ", command)


class Page:
    """One document: runs it in a folder of its own."""

    def __init__(self, name, binaries, home):
        self.name, self.path = name, ROOT / name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="samples-"))
        shutil.copytree(home, self.folder / ".home")
        self.variables = dict(os.environ, SKYSHED_HOME=str(self.folder / ".home"), PATH=f"{binaries}:{os.environ['PATH']}")
        # What a reader's shell may say otherwise; the home is the page's own too.
        self.variables["HOME"] = str(self.folder)
        for name in ("SKYSHED_SOURCE", "CLICOLOR_FORCE"):
            self.variables.pop(name, None)
        self.failures, self.skipped, self.ran, self.new, self.exports = [], [], 0, {}, []

    def run(self):
        try:
            for block in blocks(self.path.read_text(encoding="utf-8")):
                self.block(block)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self

    def block(self, block):
        for remark in block.remarks:
            if remark.startswith("file "):
                (self.folder / remark[5:].strip()).write_text("".join(f"{line}\n" for line in block.lines), encoding="utf-8")
                return
            if remark.startswith("not run"):
                self.skipped.append(f"{self.name}:{block.line}: {remark}")
                return
            if remark.startswith("needs data ") and not self.fetch(block, remark[11:]):
                return
        if block.kind == "text":
            for at, command, shown in sessions(block.lines):
                self.session(block.line + 1 + at, command, shown)
        elif block.kind == "sh":
            self.script(block)

    def fetch(self, block, remark):
        """Copies a file of data that is not shipped; says so where it cannot."""
        name, source = (part.strip() for part in remark.split(":", 1))
        data = os.environ.get("SKYSHED_DATA")
        path = pathlib.Path(data) / source if data else None
        if path and path.is_file():
            shutil.copyfile(path, self.folder / name)
            return True
        reason = f"{self.name}:{block.line}: needs {source} in SKYSHED_DATA"
        required = os.environ.get("SKYSHED_REQUIRE_DATA")
        (self.failures if required else self.skipped).append(reason)
        return False

    def execute(self, command):
        self.ran += 1
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PATIENCE_S, text=True, encoding="utf-8", errors="replace",
        )

    def session(self, line, command, shown):
        done = self.execute(as_run(command))
        printed = done.stdout.splitlines()
        while printed and not printed[-1].strip():
            printed.pop()
        if not agrees(shown, printed):
            missing = nearest(shown, printed)
            self.failures.append(
                f"{self.name}:{line}: {command}\n  prints something else than is shown; first line that is not printed:\n"
                f"    {missing}\n  printed, exit code {done.returncode}:\n" + "".join(f"    {one}\n" for one in printed)
            )
            if "..." not in (one.strip() for one in shown):
                self.new[line] = (len(shown), printed)

    def script(self, block):
        """One shell for the block."""
        commands = scripts(block.lines)
        lines = ["set -e", *self.exports]
        self.exports += [one for one in commands if one.startswith("export ")]
        done = self.execute("\n".join(lines) + "\n" + "\n".join(f"echo '+' {index} >&2\n{as_run(one, timed=False)}" for index, one in enumerate(commands)))
        if done.returncode != 0:
            reached = max((int(one[2:]) for one in done.stdout.splitlines() if re.fullmatch(r"\+ \d+", one)), default=0)
            self.failures.append(
                f"{self.name}:{block.line}: {commands[reached]}\n  exit code {done.returncode}:\n"
                + "".join(f"    {one}\n" for one in done.stdout.splitlines()[-8:])
            )
        self.ran += len(commands) - 1

    def update(self):
        lines = self.path.read_text(encoding="utf-8").split("\n")
        for line, (count, printed) in sorted(self.new.items(), reverse=True):
            lines[line : line + count] = printed
        self.path.write_text("\n".join(lines), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", default=DOCUMENTS)
    parser.add_argument("--bin", default=str(ROOT / "target" / "debug"), help="folder with skyshed and skyshed-verify")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    binaries = pathlib.Path(args.bin).resolve()
    if not (binaries / "skyshed").is_file():
        sys.exit(f"samples: no skyshed in {binaries}; build it, or give its folder with --bin")
    started = time.monotonic()
    home = pathlib.Path(tempfile.mkdtemp(prefix="samples-home-"))
    # The demonstration log is made at first use, which says so once: not in a sample.
    first = [binaries / "skyshed", "log", "state"]
    subprocess.run(first, env=dict(os.environ, SKYSHED_HOME=str(home)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        pages = list(pool.map(lambda name: Page(name, binaries, home).run(), args.documents))
    shutil.rmtree(home, ignore_errors=True)
    failures = [failure for page in pages for failure in page.failures]
    for line in [skipped for page in pages for skipped in page.skipped] + failures:
        print(line)
    if args.update:
        for page in pages:
            page.update()
    ran = sum(page.ran for page in pages)
    print(f"{ran} commands run in {time.monotonic() - started:.0f} s, {len(failures)} samples differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
