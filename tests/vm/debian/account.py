#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""account.py DEATHS INCIDENTS OLD_VERSION NEW_VERSION STOP: is each death of deaths.py in the JSON lines of sigpath,
which was upgraded meanwhile? Only those between STOP, when systemd stopped the old one (seconds since 1970), and the
start of the new one may be missing."""
import datetime
import json
import sys


def nanoseconds(text):
    """An RFC 3339 time in UTC, with nine digits behind the point."""
    whole, fraction = text.rstrip("Z").split(".")
    second = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(second.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


deaths_path, incidents_path, old, new, stop = sys.argv[1:]
stop = int(float(stop) * 10**9)
deaths = [tuple(map(int, line.split())) for line in open(deaths_path, encoding="ascii")]
text = open(incidents_path, "rb").read()
if not text.endswith(b"\n"):
    sys.exit("the last line is torn")
lines = [json.loads(line) for line in text.splitlines()]  # a torn line is no JSON

sessions = []
for line in lines:
    if line["kind"] == "start":
        sessions.append({"version": line["version"], "start": nanoseconds(line["time"]), "incidents": [], "summary": None})
    elif line["kind"] == "incident":
        sessions[-1]["incidents"].append(line)
    elif line["kind"] == "summary":
        sessions[-1]["summary"] = line
    else:
        sys.exit(f"not in full: {line}")
if [session["version"] for session in sessions] != [old, new]:
    sys.exit(f"the sessions are of {[session['version'] for session in sessions]}, not of {old} and {new}")
summary = sessions[0]["summary"]
if not summary or summary["incidents"] != len(sessions[0]["incidents"]):
    sys.exit(f"the old session has {len(sessions[0]['incidents'])} incidents, its summary says {summary}")
lossless = all(summary[count] == 0 for count in ("lost", "unseen", "dropped", "unwritten", "malformed"))
if not lossless:
    sys.exit(f"the old session lost something: {summary}")

told = {(line["process"]["pid"], nanoseconds(line["time"])) for session in sessions for line in session["incidents"]}
missing = [death for death in deaths if not any(death[0] == pid and death[1] <= time <= death[2] for pid, time in told)]
start = sessions[1]["start"]
before = [death for death in deaths if death[2] < stop]
after = [death for death in deaths if death[1] > start]
print(f"{len(deaths)} deaths: {len(before)} before the stop, {len(after)} after the start {(start - stop) / 1e9:.1f} s later, "
      f"{len(missing)} missing")
for death in missing:
    if death[2] < stop or death[1] > start:
        sys.exit(f"the death of {death[0]} is missing, and a session ran then")
if not before or not after:
    sys.exit("a session met no death")
