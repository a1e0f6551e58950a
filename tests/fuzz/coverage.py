#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that the fuzz targets reach, from the JSON of `llvm-cov export`.

coverage.py JSON SOURCE_DIR

Every file of a directory counts, also one that no target links. Exit status 1: a group is below the goal, or a file of
it is not in the JSON.
"""

import json
import pathlib
import sys

GOAL = 85  # percent
GROUPS = {
    "decode": ("user/decode/*.c",),
    "stack": ("user/stack/*.c",),
    "escaping of sinks": ("user/base/strbuf.c", "user/base/rune.c", "user/base/json_writer.c"),
}
# They read nothing that a traced process or a reader has written. tests/unit/stack and tests/abuse test them.
NOT_COUNTED = {
    "user/stack/spawner.c": "asks the spawner, a process that no hostile byte reaches",
    "user/stack/spawner_process.c": "forks the readers and openers, and ends them",
    "user/stack/isolated_child.c": "the start of a reader; what it then runs is engine.c",
    "user/stack/own_process.c": "closes descriptors and sets signals",
    "user/stack/confine.c": "gives up rights",
    "user/stack/debuginfod.c": "talks to servers that the user trusts, by a library, in a process of its own",
    "user/stack/debuginfod_static.c": "says that there are no servers",
}


def print_group(group, lines, source):
    """False: it is below the goal."""
    names = sorted(str(path.relative_to(source)) for pattern in GROUPS[group] for path in source.glob(pattern))
    counted = [name for name in names if name not in NOT_COUNTED]
    unknown = [name for name in counted if name not in lines]
    members = {name: lines[name] for name in counted if name in lines}
    total = sum(count["count"] for count in members.values())
    covered = sum(count["covered"] for count in members.values())
    percent = 100 * covered / max(total, 1)
    print(f"{group}: {covered} of {total} lines, {percent:.1f} %, goal {GOAL} %")
    for name, count in sorted(members.items(), key=lambda item: item[1]["percent"]):
        print(f"  {count['percent']:5.1f} %  {count['covered']:4} of {count['count']:4}  {name}")
    for name in names:
        if name in NOT_COUNTED:
            print(f"  not counted: {name} {NOT_COUNTED[name]}")
    for name in unknown:
        print(f"  not built with coverage: {name}")
    return percent >= GOAL and not unknown


def main():
    _, report, directory = sys.argv
    source = pathlib.Path(directory)
    files = json.loads(pathlib.Path(report).read_text())["data"][0]["files"]
    lines = {
        str(pathlib.Path(file["filename"]).relative_to(source)): file["summary"]["lines"]
        for file in files
        if file["filename"].startswith(directory)
    }
    reached = [print_group(group, lines, source) for group in GROUPS]
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
