#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real container: its process dies of SIGPIPE, and the incident has the id and the name that Podman gave it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position

HERE = pathlib.Path(__file__).resolve().parent


def cgroup2():
    """Where the host has cgroup v2."""
    mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
    return next((pathlib.Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)


def remove_cgroups(root, before):
    """What Podman leaves: its parent, and that of its monitor."""
    for path in sorted(root.glob("libpod_parent/**/"), key=lambda path: -len(path.parts)):
        if path not in before:
            with contextlib.suppress(OSError):
                path.rmdir()


def run_container(bench, runtime, *options):
    need("podman", runtime, "gcc")
    root = cgroup2()
    if not root or not os.access(root / "cgroup.procs", os.W_OK):
        skip("no cgroup2 to write to")
    before = set(root.glob("libpod_parent/**/"))
    (bench.work / "root").mkdir()
    if subprocess.run(["gcc", "-static", "-o", bench.work / "root/die", HERE / "die.c"], capture_output=True, check=False).returncode:
        skip("gcc cannot link statically here")
    name = f"web-{runtime}"
    try:
        done = subprocess.run(["unshare", "--mount", HERE / "podman.sh", bench.sigpath, bench.work, name, runtime, *options],
                              capture_output=True, text=True, check=False, timeout=60)
    finally:
        remove_cgroups(root, before)
    said = done.stdout + done.stderr
    if done.returncode and "podman exited 126" in said:
        skip(f"Podman may not start a container here: {said.strip()[-300:]}")
    check(done.returncode == 0, said)
    lines = [json.loads(line) for line in (bench.work / "out.jsonl").read_text().splitlines()]
    (incident,) = [line for line in lines if line["kind"] == "incident"]
    process = incident["process"]
    check(process["container"] == (bench.work / "id").read_text().strip(), process)
    expect(incident, outcome="killed", process__container_name=name, process__container_runtime="podman",
           process__container_user=None, process__pod=None, process__ns_pid=lambda number: number > 1)


@case
def podman_with_runc(bench):
    run_container(bench, "runc")


@case
def podman_with_crun(bench):
    # Without a filter of devices, for which crun raises a limit.
    run_container(bench, "crun", "--privileged")


if __name__ == "__main__":
    main()
