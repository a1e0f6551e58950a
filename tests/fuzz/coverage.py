#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that the fuzz targets reach, from the JSON of `llvm-cov export`.

coverage.py JSON SOURCE_DIR
"""

import json
import pathlib
import sys

GOAL = 85  # percent
GROUPS = {
    "decode": ("user/decode/",),
    "stack": ("user/stack/",),
    "escaping of sinks": ("user/base/strbuf.c", "user/base/rune.c", "user/base/json_writer.c"),
}
# The halves of the reader of files that talk, start processes, or look in /proc: the unit tests are for them.


def main():
    _, report, source = sys.argv
    files = json.loads(pathlib.Path(report).read_text())["data"][0]["files"]
    lines = {
        str(pathlib.Path(file["filename"]).relative_to(source)): file["summary"]["lines"]
        for file in files
        if file["filename"].startswith(source)
    }
    for group, starts in GROUPS.items():
        members = {name: count for name, count in lines.items() if name.startswith(starts)}
        total = sum(count["count"] for count in members.values())
        covered = sum(count["covered"] for count in members.values())
        print(f"{group}: {covered} of {total} lines, {100 * covered / max(total, 1):.1f} %, goal {GOAL} %")
        for name, count in sorted(members.items(), key=lambda item: item[1]["percent"]):
            print(f"  {count['percent']:5.1f} %  {count['covered']:4} of {count['count']:4}  {name}")


if __name__ == "__main__":
    main()
