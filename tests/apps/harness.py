# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs real programs under sigpath and checks its reports.

A test file defines functions with @case and ends with main(). Each case prints `ok NAME`,
`FAIL NAME: why` or `skip NAME: reason`; the last line is `N passed, N failed, N skipped`.
usage of a test file: FILE --sigpath PATH --build DIR [--json DIR] [--write-stories] [--list] [CASE...]
"""

import argparse
import contextlib
import difflib
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

_cases = {}


class Skip(Exception):
    """This machine lacks something that the case needs."""


class Failed(Exception):
    """sigpath's report is wrong."""


def case(function):
    _cases[function.__name__] = function
    return function


def skip(reason):
    raise Skip(reason)


def fail(reason):
    raise Failed(reason)


def check(condition, reason):
    if not condition:
        fail(reason)


def need(*programs):
    """Skips unless each of PROGRAMS is in PATH."""
    for program in programs:
        if not shutil.which(program):
            skip(f"no {program}")


def get(record, path):
    """The value at a dotted path ("object.peer.port"), or None."""
    for key in path.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def expect(record, **values):
    """Each keyword is a path with __ for the dots: expect(incident, signal__disposition="default").
    A value may be a compiled regular expression or a function that returns a bool."""
    for name, wanted in values.items():
        path = name.replace("__", ".")
        seen = get(record, path)
        if isinstance(wanted, re.Pattern):
            good = isinstance(seen, str) and wanted.search(seen)
        elif callable(wanted):
            good = wanted(seen)
        else:
            good = seen == wanted
        check(good, f"{path} is {seen!r}, not {getattr(wanted, 'pattern', wanted)!r}")


def codes(incident, key):
    """The codes of its `notes` or `advice`."""
    return [entry["code"] for entry in incident[key]]


def expect_code(incident, key, code):
    """CODE is among the codes of its `notes` or `advice`."""
    check(code in codes(incident, key), f"no {code} among the {key} {codes(incident, key)}")


def symbols(incident):
    """Names of the user frames, innermost first; '?' for a frame without a name."""
    return [frame["symbol"] or "?" for frame in get(incident, "stack.user") or []]


def expect_frames(incident, *wanted):
    """The user stack has frames that match WANTED (regular expressions for the whole symbol) in
    this order, innermost first. Other frames may be between them."""
    names = symbols(incident)
    rest = iter(names)
    for pattern in wanted:
        if not any(re.fullmatch(pattern, name) for name in rest):
            fail(f"no frame {pattern!r}, in order, in {names} ({get(incident, 'stack.reason_text')})")


def expect_adjacent(incident, *wanted):
    """As expect_frames, but without other frames between them."""
    names = symbols(incident)
    for start in range(len(names) - len(wanted) + 1):
        part = names[start : start + len(wanted)]
        if all(re.fullmatch(pattern, name) for pattern, name in zip(wanted, part)):
            return
    fail(f"no frames {wanted} next to each other in {names} ({get(incident, 'stack.reason_text')})")


class Records(list):
    """Lines of JSON as sigpath wrote them."""

    def of_kind(self, kind):
        return [record for record in self if record["kind"] == kind]

    @property
    def incidents(self):
        """In the order in which they happened. sigpath writes some later, to wait for their end."""
        return sorted(self.of_kind("incident"), key=lambda incident: incident["time"])

    @property
    def only(self):
        """The only incident; fails if there are more or none."""
        check(len(self.incidents) == 1, f"{len(self.incidents)} incidents instead of one")
        return self.incidents[0]


class Trace:
    """One run of sigpath, and its results."""

    def __init__(self, process, output, capture, errors):
        self.process = process
        self.output = output
        self.capture = capture  # the file of -w, for `sigpath -r`
        self.errors = errors
        self.status = None
        self.records = Records()

    @property
    def incidents(self):
        return self.records.incidents

    @property
    def only(self):
        return self.records.only

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def _load(self):
        for line in self.output.read_text().splitlines():
            record = json.loads(line)
            # By field, so that a case can ask for one.
            if record["kind"] == "incident":
                record["missing"] = {entry["field"]: entry for entry in record["missing"]}
            self.records.append(record)


class Bench:
    """What a case gets: paths, its own directory, and functions to start processes."""

    def __init__(self, name, arguments, work):
        self.name = name
        self.sigpath = os.path.abspath(arguments.sigpath)
        self.build = pathlib.Path(arguments.build).absolute()
        self.source = pathlib.Path(__file__).resolve().parent.parent  # tests/
        self.keep = pathlib.Path(arguments.json).absolute() if arguments.json else None
        self.work = work
        self.write_stories = arguments.write_stories
        self.traces = 0
        self.children = contextlib.ExitStack()

    def run(self, *command, **options):
        """Runs a command that must succeed (for example a compiler); returns its stdout."""
        options.setdefault("timeout", 300)
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, cwd=self.work, **options
        )
        check(
            done.returncode == 0,
            f"{' '.join(map(str, command))} exited {done.returncode}: {done.stderr.strip()[-2000:]}",
        )
        return done.stdout

    def spawn(self, *command, **options):
        """Starts a background process. It is killed at the end of the case if it still runs."""
        options.setdefault("cwd", self.work)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("start_new_session", True)
        options.setdefault("preexec_fn", default_sigpipe)
        process = subprocess.Popen([str(word) for word in command], **options)
        self.children.callback(_end, process)
        return process

    def _start(self, options, command, popen_options):
        self.traces += 1
        base = self.work / f"trace{self.traces}"
        output, capture, errors = (base.with_suffix(end) for end in (".jsonl", ".cap", ".err"))
        words = [self.sigpath, "--format", "json", "-o", output, "-w", capture, *options]
        if command:
            words += ["--", *command]
        with open(errors, "wb") as stderr:
            popen_options.setdefault("stdout", subprocess.DEVNULL)
            process = self.spawn(*words, stderr=stderr, **popen_options)
        return Trace(process, output, capture, errors)

    def trace(self, *command, options=(), timeout=120, **popen_options):
        """Runs sigpath OPTIONS -- COMMAND; .status is the command's status, as a shell shows it."""
        trace = self._start(options, command, popen_options)
        self._finish(trace, timeout)
        return trace

    @contextlib.contextmanager
    def watching(self, *options, timeout=120, **popen_options):
        """Runs sigpath OPTIONS during the block. Its records are available after the block."""
        trace = self._start(options, (), popen_options)
        until(
            lambda: "sigpath: ready" in trace.stderr() or trace.process.poll() is not None,
            "sigpath to get ready",
        )
        check(trace.process.poll() is None, f"sigpath ended: {trace.stderr()}")
        yield trace
        trace.process.send_signal(signal.SIGINT)
        self._finish(trace, timeout)

    def text(self, trace, *options):
        """The text that sigpath prints for the trace's incidents, in the order in which they
        happened."""
        words = [self.sigpath, "-r", trace.capture, *options]
        printed = self.run(*words, "--color", "never", env={**os.environ, "TZ": "UTC"})
        lines = map(json.loads, self.run(*words, "--format", "json").splitlines())
        records = [line for line in lines if line["kind"] != "summary"]
        texts = re.split(r"\n(?=\S)", printed.rstrip("\n"))
        check(len(texts) == len(records), f"{len(texts)} texts of {len(records)} records")
        told = [
            (record["time"], text)
            for record, text in zip(records, texts)
            if record["kind"] == "incident"
        ]
        return [text for _, text in sorted(told)]

    def story(self, name, trace, number=0, options=()):
        """Checks that the incident after `<!-- incident: NAME -->` in docs/stories.md is the one that
        this run printed, except for numbers. --write-stories writes it there."""
        page = self.source.parent / "docs" / "stories.md"
        text = self.text(trace, *options)[number]
        for directory in (self.work, self.build / "tests" / "apps", self.build):
            text = text.replace(f"{directory}/", "/srv/")
        # A file of tests/apps at the other end: its options are those of the test.
        text = re.sub(r'"\S*python3\s+\S*/(\w+\.py)(\s+--sigpath\b[^"]*)?', r'"python3 \1', text)
        found = re.search(
            rf"<!-- incident: {re.escape(name)} -->\n```((?:(?!\n```).)*)\n```\n",
            page.read_text(),
            re.DOTALL,
        )
        check(found, f"no incident {name!r} in {page.name}")
        if self.write_stories:
            start, end = found.span(1)
            whole = page.read_text()
            page.write_text(f"{whole[:start]}\n{text}{whole[end:]}")
            return
        told, seen = (_without_numbers(part).splitlines() for part in (found[1].lstrip("\n"), text))
        for line in difflib.unified_diff(told, seen, page.name, "this run", n=0, lineterm=""):
            print(line)
        check(told == seen, f"{page.name} tells another incident than this run")

    def _finish(self, trace, timeout):
        try:
            trace.status = trace.process.wait(timeout)
        except subprocess.TimeoutExpired:
            fail(f"sigpath still runs after {timeout} s: {trace.stderr()}")
        if trace.status < 0:
            trace.status = 128 - trace.status
        trace._load()
        if self.keep:
            self.keep.mkdir(parents=True, exist_ok=True)
            name = f"{pathlib.Path(sys.argv[0]).stem}-{self.name}-{self.traces}.jsonl"
            shutil.copy(trace.output, self.keep / name)


# Functions that are static in the C library. They have names only if its debug file is installed, and
# glibc 2.41 has more of them.
START_THREAD = r"start_thread|\?"
CLONE = r"clone3?|\?"
_STATIC_IN_LIBC = re.compile(
    r"(0x[0-9a-f]+|__libc_start_call_main|\w*syscall_cancel\w*|start_thread|clone3) \S+|\d+ frames of start-up"
)
_NAMELESS = re.compile(r"(?:0x[0-9a-f]+|\d+ frames of) (\S+\.so\S*)(?: without a name)?")


def _without_places(match):
    """The frames of a stack without what depends on the machine: the debug files that it has, and the number of
    neighbours in one library without names, which is that of the library's version."""
    frames = []
    for frame in match[2].split(" < "):
        nameless = _NAMELESS.fullmatch(frame)
        if nameless and nameless[1] != "libc.so.6":
            frame = nameless[1]
        elif nameless or _STATIC_IN_LIBC.fullmatch(frame):
            continue
        elif not re.match(r"\d", frame):
            frame = frame.rpartition(" ")[0] or frame
        if frames[-1:] != [frame]:
            frames.append(frame)
    return match[1] + " < ".join(frames)


def _without_numbers(text):
    # Where a line ends depends on the length of numbers.
    text = re.sub(r"\n {12}", " ", text)
    text = re.sub(r"^(    where +)(.*)$", _without_places, text, flags=re.MULTILINE)
    # The first headline says the time zone.
    text = re.sub(r"^(\S+ \S+) [-+]\d\d:\d\d  ", r"\1  ", text)
    text = re.sub(r"#[0-9a-f]{6}$", "#TAG", text, flags=re.MULTILINE)
    text = re.sub(r"0x[0-9a-f]+|\d+(\.\d+)*", "N", text)
    text = re.sub(r"\bN (us|ms|s|min|h)\b", "TIME", text)
    return re.sub(r"[ \t]+", " ", text)


def default_sigpipe():
    """Python ignores SIGPIPE, and its children would inherit that."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def _end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition, what, seconds=60):
    """Waits until CONDITION() is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def line_of(stream, pattern, seconds=60):
    """Reads lines of a binary pipe until one matches, and returns the match."""
    selector = selectors.DefaultSelector()
    selector.register(stream, selectors.EVENT_READ)
    os.set_blocking(stream.fileno(), False)
    end = time.monotonic() + seconds
    text = b""
    while time.monotonic() < end:
        if not selector.select(end - time.monotonic()):
            break
        chunk = os.read(stream.fileno(), 65536)
        text += chunk
        match = re.search(pattern, text.decode(errors="replace"), re.MULTILINE)
        if match:
            return match
        if not chunk:
            break
    return fail(f"no line {pattern!r} in {text.decode(errors='replace')!r}")


def _run_case(name, arguments):
    with tempfile.TemporaryDirectory(prefix="sigpath-") as directory:
        os.chmod(directory, 0o755)
        bench = Bench(name, arguments, pathlib.Path(directory))
        try:
            with bench.children:
                _cases[name](bench)
        except Skip as reason:
            print(f"skip {name}: {reason}", flush=True)
            return "skipped"
        except Failed as reason:
            print(f"FAIL {name}: {reason}", flush=True)
            for errors in sorted(bench.work.glob("trace*.err")):
                sys.stderr.write(errors.read_text(errors="replace"))
            return "failed"
        except Exception:  # an error in a case fails that case; the other cases still run
            print(f"FAIL {name}: {traceback.format_exc()}", flush=True)
            return "failed"
        print(f"ok {name}", flush=True)
        return "passed"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required="--list" not in sys.argv)
    parser.add_argument("--build", default=".")
    parser.add_argument("--json", help="keep the records in this directory")
    parser.add_argument("--write-stories", action="store_true", help="into docs/stories.md")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(_cases))
        return
    for name in arguments.cases:
        if name not in _cases:
            sys.exit(f"no case {name}")
    if os.geteuid():
        print("not root: sigpath cannot trace")
        sys.exit(77)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name in arguments.cases or _cases:
        counts[_run_case(name, arguments)] += 1
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    sys.exit(counts["failed"] > 0)
