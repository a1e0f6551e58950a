#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The OCI image: do the tools for images read it, and does its sigpath run in a container?"""

import pathlib
import re
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
VERSION = re.search(r"^project\(sigpath VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text(), re.M).group(1)


def run(*command):
    """stdout of COMMAND, which must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=120)
    check(done.returncode == 0, f"{command[0]}: {done.stderr[-2000:]}")
    return done.stdout


def make_image(bench, name):
    output = bench.work / name
    run(SOURCE / "packaging/build/image.sh", "--binary", bench.sigpath, "--output", output)
    return output


@case
def reproducible(bench):
    first, second = make_image(bench, "a.oci.tar"), make_image(bench, "b.oci.tar")
    check(first.read_bytes() == second.read_bytes(), "two images of the same binary differ")


@case
def skopeo_reads_it(bench):
    need("skopeo")
    image = make_image(bench, "image.oci.tar")
    seen = json.loads(run("skopeo", "inspect", f"oci-archive:{image}"))
    check(seen["Os"] == "linux" and len(seen["Layers"]) == 1, seen)
    labels = seen["Labels"]
    check(labels["org.opencontainers.image.version"] == VERSION, labels)
    check(labels["org.opencontainers.image.licenses"] == "GPL-2.0-or-later", labels)
    config = json.loads(run("skopeo", "inspect", "--config", f"oci-archive:{image}"))["config"]
    check(config["Entrypoint"] == ["/usr/bin/sigpath"] and "User" not in config, config)
    # skopeo compares each digest, that of the unpacked layer too.
    layout = bench.work / "layout"
    with tarfile.open(image) as archive:
        archive.extractall(layout)
    run("skopeo", "inspect", f"oci:{layout}:{VERSION}")
    docker = bench.work / "docker.tar"
    # Without a policy of the host.
    run("skopeo", "--insecure-policy", "copy", f"oci:{layout}:{VERSION}", f"docker-archive:{docker}:sigpath:{VERSION}")
    with tarfile.open(docker) as archive:
        check("manifest.json" in archive.getnames(), archive.getnames())


@case
def only_sigpath_is_in_it(bench):
    need("umoci")
    image = make_image(bench, "image.oci.tar")
    layout = bench.work / "layout"
    with tarfile.open(image) as archive:
        archive.extractall(layout)
    run("umoci", "unpack", "--image", f"{layout}:{VERSION}", bench.work / "bundle")
    root = bench.work / "bundle/rootfs"
    files = [path for path in root.rglob("*") if not path.is_dir()]
    check(files == [root / "usr/bin/sigpath"], files)
    check(files[0].read_bytes() == pathlib.Path(bench.sigpath).read_bytes(), "it is another binary")
    check(files[0].stat().st_uid == 0 and files[0].stat().st_mode & 0o7777 == 0o755, files[0].stat())


@case
def it_runs_in_a_container(bench):
    need("umoci", "crun")
    image = make_image(bench, "image.oci.tar")
    layout, bundle = bench.work / "layout", bench.work / "bundle"
    with tarfile.open(image) as archive:
        archive.extractall(layout)
    run("umoci", "unpack", "--image", f"{layout}:{VERSION}", bundle)
    config = json.loads((bundle / "config.json").read_text())
    check(config["process"]["args"] == ["/usr/bin/sigpath"], config["process"])
    config["process"]["args"] += ["--version"]
    config["process"]["terminal"] = False
    config["root"]["readonly"] = True
    config["linux"].pop("resources", None)
    config["mounts"] = [mount for mount in config["mounts"] if mount["type"] != "cgroup"]
    (bundle / "config.json").write_text(json.dumps(config))
    # crun wants cgroup v2 alone.
    script = ('umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec crun --root "$1/crun" '
              '--cgroup-manager=disabled run --bundle "$1/bundle" "$2"')
    text = run("unshare", "--mount", "sh", "-c", script, "sh", bench.work, f"sigpath-image-{os.getpid()}")
    check(text.startswith(f"sigpath {VERSION}"), text)


if __name__ == "__main__":
    main()
