#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the commands and the files of docs/service.md do what the page says?"""

import http.server
import pathlib
import re
import socket
import sys
import threading
import urllib.request

from otlp_receiver import Receiver
from service_bed import NAME, service

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import case, check, main, until


# Dies of SIGPIPE, and has no debug information.
PROGRAM = f"""
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(void)
{{
	int ends[2];

	prctl(PR_SET_NAME, "{NAME}");
	signal(SIGPIPE, SIG_DFL);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) != 1;
}}
"""


class Page:
    """The page, whose parts are tried in a Service."""

    def __init__(self, bench, unit):
        self.text = (bench.source.parent / "docs/service.md").read_text()
        self.unit = unit

    def section(self, title):
        text = self.text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        check(text, f"no section {title!r}")
        return re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

    def follow(self, title, without=()):
        """Writes the files of a section, and runs its commands, in the order of the page."""
        done = 0
        for block in self.section(title):
            name = block.partition("\n")[0]
            if any(word in block for word in without):
                continue
            if name.startswith("# /etc/"):
                self.write(name[2:], block)
            elif name.startswith(("sudo ", "systemctl ", "sigpath ")):
                for line in block.splitlines():
                    self.unit.do("sh", "-c", line.removeprefix("sudo "))
            else:
                continue
            done += 1
        check(done, f"nothing to do in {title!r}")

    def write(self, path, text):
        self.unit.do("sh", "-c", f"mkdir -p $(dirname {path}) && cat >{path} <<'END'\n{text}END\n")


@case
def from_the_start_to_the_end(bench):
    with service(bench) as unit:
        page = Page(bench, unit)
        unit.boot()
        page.follow("Switch it on")
        check(unit.show("UnitFileState") == "enabled" and unit.show("ActiveState") == "active", unit.log())
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.log("victim"), "the incident", 20)
        table = page.text.partition("| to see | command |")[2].partition("\n\n")[0]
        commands = re.findall(r"`((?:sudo |journalctl|systemctl)[^`]*)`", table)
        check(len(commands) == 5, f"{commands}")
        for command in commands:
            unit.do("sh", "-c", command.removeprefix("sudo ").replace("nginx", "victim"))
        until(lambda: "so far 1 incident" in unit.log(), "the counts so far", 10)
        page.follow("Change options", without=("user.conf",))
        check("config ok" in unit.log(), unit.log())
        unit.do("mkdir", "-p", "/var/lib/prometheus/node-exporter")
        page.follow("Limits")
        check(unit.show("MemoryMax") == str(1 << 30), unit.show("MemoryMax"))
        check(unit.show("CPUQuotaPerSecUSec") == "200ms", unit.show("CPUQuotaPerSecUSec"))
        path = unit.show("ReadWritePaths")
        check(path == "/var/lib/prometheus/node-exporter", path)
        page.follow("Stop it")
        check(unit.show("UnitFileState") == "disabled" and unit.show("ActiveState") == "inactive", unit.log())


class DebugServer(http.server.BaseHTTPRequestHandler):
    """A debuginfod that has no file."""

    asked = []

    def do_GET(self):  # pylint: disable=invalid-name
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


@case
def debug_files(bench):
    """The process that asks the servers works behind the walls of the service, if the network is open."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), DebugServer) as server, service(bench) as unit:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = Page(bench, unit)
        program = bench.work / "program"
        bench.run("gcc", "-o", program, "-x", "c", "-", "-Wl,--build-id", input=PROGRAM)
        bench.run("strip", program)
        unit.add_victim("stripped", command=str(program))
        unit.boot()
        page.write("/etc/sigpath/environment", f"DEBUGINFOD_URLS=http://127.0.0.1:{server.server_address[1]}\n")
        page.follow("Open the network")
        unit.die("stripped")
        until(lambda: any("/debuginfo" in path for path in DebugServer.asked), f"a question: {unit.log()}", 20)
        until(lambda: "killed by SIGPIPE" in unit.log("stripped"), "the incident", 20)
        server.shutdown()


@case
def network(bench):
    """A collector, a syslog server and Prometheus, which are on the loopback of the host."""
    with Receiver() as receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket() as probe:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        config = (f"to = otlp:http://localhost:{receiver.port}\nspool = /var/lib/sigpath\nmetrics = 127.0.0.1:{port}\n"
                  f"to = syslog:udp://localhost:{server.getsockname()[1]}\n")
        with service(bench, config=config) as unit:
            page = Page(bench, unit)
            unit.boot()
            page.write("/etc/sigpath/environment", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN\n")
            page.follow("Open the network")
            check(unit.show("ActiveState") == "active", unit.log())
            unit.die()
            until(lambda: receiver.accepted, f"the request: {unit.log()}", 20)
            check(receiver.accepted[0].headers.get("authorization") == "Bearer TOKEN", "the header of the environment")
            until(lambda: "SIGPIPE killed" in server.recv(65536).decode(), "the message of syslog")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                check(re.search(r"^sigpath_incidents_total.* 1$", answer.read().decode(), re.MULTILINE), "metrics")
            mode = unit.do("stat", "-c", "%a %U", "/var/lib/sigpath", "/var/cache/sigpath").split("\n")[:2]
            check(mode == ["700 root"] * 2, f"{mode}")


@case
def another_user(bench):
    """With the drop-in for run-as; SIGHUP still arrives, and the file is still rotated."""
    config = "run-as = nobody\n"
    with service(bench, config=config) as unit:
        page = Page(bench, unit)
        (user,) = [block for block in page.section("Change options") if "user.conf" in block]
        unit.boot()
        page.write(user.partition("\n")[0][2:], user)
        unit.do("systemctl", "daemon-reload")
        unit.start()
        status = pathlib.Path(f"/proc/{unit.pid()}/status").read_text()
        check("Uid:\t65534\t65534" in status, status)
        unit.do("systemctl", "reload", "sigpath")
        until(lambda: "no option has changed" in unit.log(), f"the reload: {unit.log()}", 20)
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.run("journalctl", "-t", "sigpath"), "the incident", 20)
        check("killed by SIGPIPE" not in unit.log("victim"), "the page says that -u has no incidents")


if __name__ == "__main__":
    main()
