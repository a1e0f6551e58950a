# SPDX-License-Identifier: GPL-2.0-or-later
"""The servers of servers.py: configuration and command of each.

A server of these tests passes data on. GET /down streams what the test's source sends. POST /tcp
and POST /unix pass the client's data to a service that is stopped meanwhile."""

import dataclasses
import itertools
import os
import pathlib
import random
import shlex
import shutil
import socket
import struct
import subprocess

from harness import check, need, until

WAYS = ("down", "tcp", "unix")  # where a request leads
FILES = pathlib.Path(__file__).parent / "servers"
CHUNK = 32768  # a proxy may hold back less than that of an upload
UPLOAD = 1000000  # the length that an upload claims to have
# Below the ports that the kernel gives to clients.
_ports = itertools.count(random.randrange(15000, 30000))


def free_port():
    """Each call returns another port."""
    while True:
        port = next(_ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


@dataclasses.dataclass
class Place:
    """Where one server runs, and whom it talks to."""

    directory: pathlib.Path
    source: int  # a port of the test
    log_tcp: int  # the port of the service that is stopped
    log_unix: pathlib.Path  # its path
    ports: dict = dataclasses.field(default_factory=lambda: {way: free_port() for way in WAYS})

    def one_port(self):
        """The request's path says where to, not the port."""
        self.ports = dict.fromkeys(WAYS, self.ports["down"])
        return self.ports["down"]

    def file(self, name, text):
        path = self.directory / name
        port = self.ports["down"]
        path.write_text(text.format(place=self, work=self.directory, port=port))
        return path


def get(_place, _way):
    return b"GET /down HTTP/1.0\r\nHost: localhost\r\n\r\n"


def post(_place, way):
    if way == "down":
        return get(_place, way)
    head = f"POST /{way} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD}\r\n\r\n"
    return head.encode() + bytes(CHUNK)


class Server:
    """What the test must know of a server besides its command."""

    name = ""
    programs = ()  # executables that must be there
    comm = ""  # of the process that writes to clients
    tls = False
    relay = False  # the client is the relay of another program, as of ssh
    uploads = ("tcp", "unix")  # which of the services it can write to
    fed_by = "client"  # who sends what it passes to the service: the client, the source, or files
    hello = staticmethod(post)
    marker = b"chunk 1\n"  # the client has read the first part of a stream
    environment = {}

    def __init__(self, place):
        self.place = place

    def command(self):
        raise NotImplementedError

    def prepare(self):
        """Before each client."""

    def ready(self):
        """It listens. No connection is made, because that would be a client."""
        return all(port in listening() for port in set(self.place.ports.values()))


def listening():
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A"}


class Apache2(Server):
    """The event MPM with one process, as a reverse proxy."""

    name, comm = "apache2", "apache2"
    programs = ("apache2",)
    config = """
ServerName localhost
ServerRoot {work}
PidFile {work}/apache2.pid
DefaultRuntimeDir {work}
ErrorLog {work}/error.log
LogLevel info
Mutex pthread
User nobody
Group nogroup
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
StartServers 1
ServerLimit 1
ThreadsPerChild 4
MaxRequestWorkers 4
MinSpareThreads 1
MaxSpareThreads 4
ProxyPass /down http://127.0.0.1:{place.source}/ flushpackets=on disablereuse=on
ProxyPass /tcp http://127.0.0.1:{place.log_tcp}/ disablereuse=on
ProxyPass /unix unix:{place.log_unix}|http://localhost/ disablereuse=on
"""

    def command(self):
        self.place.one_port()
        return "apache2", "-f", self.place.file("apache2.conf", self.config), "-DFOREGROUND"


class Lighttpd(Server):
    name, comm = "lighttpd", "lighttpd"
    programs = ("lighttpd",)
    config = """
server.port = {port}
server.bind = "127.0.0.1"
server.document-root = "{work}"
server.errorlog = "{work}/error.log"
# Not sendfile(): when it has too much in memory, it writes to a file and sends that.
server.network-backend = "writev"
server.modules = ( "mod_proxy" )
server.stream-response-body = 2
server.stream-request-body = 2
$HTTP["url"] =~ "^/down" {{
	proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {place.source} )) )
}}
$HTTP["url"] =~ "^/tcp" {{
	proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {place.log_tcp} )) )
}}
$HTTP["url"] =~ "^/unix" {{
	proxy.server = ( "" => (( "host" => "{place.log_unix}" )) )
}}
"""

    def command(self):
        self.place.one_port()
        return "lighttpd", "-D", "-f", self.place.file("lighttpd.conf", self.config)


class Haproxy(Server):
    name, comm = "haproxy", "haproxy"
    programs = ("haproxy",)
    config = """
global
	nbthread 1
defaults
	mode http
	timeout connect 5s
	# 3.0 keeps the connection so long after its service is gone. It reads no more then.
	timeout client 5s
	timeout server 30s
frontend f
	bind 127.0.0.1:{port}
	use_backend tcp if {{ path /tcp }}
	use_backend unix if {{ path /unix }}
	default_backend down
backend down
	server s 127.0.0.1:{place.source}
backend tcp
	server s 127.0.0.1:{place.log_tcp}
backend unix
	server s unix@{place.log_unix}
"""

    def command(self):
        self.place.one_port()
        return "haproxy", "-db", "-f", self.place.file("haproxy.cfg", self.config)


class Socat(Server):
    """One socat for each target, with a child for each client."""

    name, comm = "socat", "socat"
    programs = ("socat",)

    def command(self):
        place = self.place
        targets = {
            "down": f"TCP:127.0.0.1:{place.source}",
            "tcp": f"TCP:127.0.0.1:{place.log_tcp}",
            "unix": f"UNIX-CONNECT:{place.log_unix}",
        }
        lines = [
            f"socat TCP-LISTEN:{place.ports[way]},bind=127.0.0.1,reuseaddr,fork {target} &"
            for way, target in targets.items()
        ]
        return "sh", "-c", "\n".join((*lines, "wait"))


class Stunnel(Server):
    """TLS for clients, and plain connections to the services."""

    name, comm = "stunnel4", "stunnel4"
    programs = ("stunnel4", "openssl")
    tls = True
    config = """
foreground = yes
pid =
output = {work}/stunnel.log
cert = {work}/certificate.pem
key = {work}/key.pem
[down]
accept = 127.0.0.1:{place.ports[down]}
connect = 127.0.0.1:{place.source}
[tcp]
accept = 127.0.0.1:{place.ports[tcp]}
connect = 127.0.0.1:{place.log_tcp}
[unix]
accept = 127.0.0.1:{place.ports[unix]}
connect = {place.log_unix}
"""

    def command(self):
        subprocess.run(
            ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
            + ("-keyout", self.place.directory / "key.pem")
            + ("-out", self.place.directory / "certificate.pem"),
            check=True,
            capture_output=True,
        )
        return "stunnel4", self.place.file("stunnel.conf", self.config)


class Sshd(Server):
    """sshd forwards a channel of ssh to the source. The TCP connection ends in ssh's ProxyCommand,
    so the client of these tests is a relay."""

    name, comm = "openssh-server", "sshd"
    programs = ("/usr/sbin/sshd", "ssh", "ssh-keygen")
    relay = True
    config = """
ListenAddress 127.0.0.1:{port}
HostKey {work}/host_key
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin yes
AuthorizedKeysFile {work}/user_key.pub
"""
    # Root may be locked, and /run may have no directory for sshd: it gets its own of both.
    setup = """
mount --make-rprivate /
mount --bind {work}/shadow /etc/shadow
mount -t tmpfs tmpfs /run
mkdir -m 755 /run/sshd
exec /usr/sbin/sshd -D -e -f {work}/sshd_config
"""

    def command(self):
        place = self.place
        place.one_port()
        for name in ("host_key", "user_key"):
            words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place.directory / name)
            subprocess.run(words, check=True)
        place.file("shadow", "root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n")
        place.file("sshd_config", self.config)
        return "unshare", "--mount", "sh", "-ec", self.setup.format(work=place.directory)

    def ssh(self, way, proxy):
        """The command of the client that forwards its standard streams."""
        place = self.place
        known = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
        words = ["ssh", "-F", "none", "-i", place.directory / "user_key"]
        for option in (*known, f"ProxyCommand={shlex.join(map(str, proxy))}"):
            words += ["-o", option]
        target = place.source if way == "down" else place.log_tcp
        return (*words, "-W", f"127.0.0.1:{target}", "root@localhost")

    uploads = ("tcp",)  # -W knows no paths


class Php(Server):
    """PHP's own web server."""

    name, comm = "php", "php"
    programs = ("php",)
    fed_by = "source"

    @staticmethod
    def hello(_place, way):
        return f"GET /{way} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()

    def command(self):
        place = self.place
        self.environment = {
            "SOURCE": f"tcp://127.0.0.1:{place.source}",
            "LOG_TCP": f"tcp://127.0.0.1:{place.log_tcp}",
            "LOG_UNIX": f"unix://{place.log_unix}",
        }
        options = ("-d", "output_buffering=0", "-d", "opcache.enable=0")
        return "php", *options, "-S", f"127.0.0.1:{place.one_port()}", FILES / "server.php"


class Script(Server):
    """A small server in its language: one of tests/apps/servers/."""

    words = ()

    def command(self):
        place = self.place
        return *self.words, place.one_port(), place.source, place.log_tcp, place.log_unix


class Ruby(Script):
    name, comm, programs = "ruby", "ruby", ("ruby",)
    words = ("ruby", FILES / "server.rb")


class Perl(Script):
    name, comm, programs = "perl", "perl", ("perl",)
    words = ("perl", FILES / "server.pl")


class Erlang(Script):
    """Few threads, for the same order of calls in both runs."""

    name, comm, programs = "erlang", "beam.smp", ("escript",)
    words = ("escript", FILES / "server.escript")
    environment = {"ERL_FLAGS": "+S 1:1 +SDio 1 +A 1"}


class Gunicorn(Server):
    """One worker of the sync kind."""

    name, comm = "gunicorn", "gunicorn"
    programs = ("gunicorn",)

    def command(self):
        place = self.place
        self.environment = {
            "SOURCE": str(place.source),
            "LOG_TCP": str(place.log_tcp),
            "LOG_UNIX": str(place.log_unix),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        options = ("--worker-tmp-dir", place.directory, "--chdir", FILES, "--log-level", "error")
        address = f"127.0.0.1:{place.one_port()}"
        return "gunicorn", *options, "-w", 1, "-b", address, "app:application"


class Postgresql(Server):
    """PostgreSQL as a user of its own. A query makes a row when the test makes the file for it. A
    second query copies its rows to a program that ends early."""

    name, comm = "postgresql", "postgres"
    uploads = ("program",)
    fed_by = "files"
    marker = b"x" * 16000  # more than the server's buffer
    wait = """
CREATE FUNCTION pg_temp.row(number int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	WHILE pg_stat_file('{rows}/all', true) IS NULL
		AND pg_stat_file('{rows}/' || number, true) IS NULL LOOP
		PERFORM pg_sleep(0.002);
	END LOOP;
	RETURN repeat('x', 20000);
END $$;
"""
    download = "SELECT pg_temp.row(i) FROM generate_series(1, 2000) i"
    upload = """COPY (SELECT pg_temp.row(i) FROM generate_series(1, 4) i)
TO PROGRAM 'echo $$ >{rows}/program; head -c 1000 >{rows}/seen; exit 3'"""

    def __init__(self, place):
        super().__init__(place)
        place.ports["program"] = place.one_port()
        self.rows = place.directory / "rows"
        self.rows.mkdir()
        self.rows.chmod(0o777)
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        self.programs = ("setpriv", binaries[-1] if binaries else "postgres")

    @staticmethod
    def hello(place, way):
        rows = place.directory / "rows"
        query = Postgresql.wait + (Postgresql.download if way == "down" else Postgresql.upload)
        text = query.format(rows=rows).encode() + b"\0"
        names = b"user\0postgres\0database\0postgres\0\0"
        begin = struct.pack(">ii", 8 + len(names), 3 << 16) + names
        return begin + b"Q" + struct.pack(">i", 4 + len(text)) + text

    def command(self):
        postgres = self.programs[-1]
        data = self.place.directory / "data"
        data.mkdir()
        shutil.chown(data, "nobody")
        user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
        options = ("--no-sync", "--no-locale", "--auth=trust", "--username=postgres")
        subprocess.run(
            (*user, postgres.with_name("initdb"), *options, data),
            check=True,
            capture_output=True,
            cwd=self.place.directory,
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.place.ports["down"],
            "unix_socket_directories": "",
            "fsync": "off",
            "autovacuum": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return *user, postgres, "-D", data, *words

    def prepare(self):
        for name in self.rows.iterdir():
            name.unlink()

    def ready(self):
        log = (self.place.directory / "output.log").read_text()
        return "ready to accept connections" in log and super().ready()


def start(bench, server, prefix=()):
    """Starts SERVER, with the words of PREFIX before its command, and waits until it listens."""
    need(*server.programs)
    command = server.command()
    log = server.place.directory / "output.log"
    with open(log, "wb") as output:
        process = bench.spawn(
            *(*prefix, *command),
            stdout=output,
            stderr=output,
            cwd=server.place.directory,
            env={**os.environ, **server.environment, "LC_ALL": "C"},
        )

    def ready():
        check(process.poll() is None, f"{server.name} ended: {log.read_text(errors='replace')}")
        return server.ready()

    until(ready, f"{server.name} to listen")
    return process
