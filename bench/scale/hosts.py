"""Hosts on one machine: network namespaces on a bridge, a PostgreSQL and a Redis between them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
#: The bridge's own address: where the database, Redis and the doubles' relays answer.
CENTRE = "10.77.0.1"
_RELAY = "import sys; from bench.scale.hosts import relay; relay(*sys.argv[1:3], int(sys.argv[3]))"


@dataclass
class Host:
    """A machine with an address of its own; its 127.0.0.1 is not anybody else's."""

    name: str
    number: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str | Path, **environment: str) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            ["ip", "netns", "exec", self.name, *map(str, command)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(started)
        return started

    def unplug(self) -> None:
        """Pull the cable, then the plug: nobody hears that its connections ended."""
        _ip("link", "set", f"v{self.name}", "down")
        for process in self.processes:
            process.kill()


@contextmanager
def bridge() -> Iterator[None]:
    """What the hosts are plugged into; CENTRE is its address. Needs root and iproute2."""
    _ip("link", "add", "romibridge", "type", "bridge")
    try:
        _ip("addr", "add", f"{CENTRE}/24", "dev", "romibridge")
        _ip("link", "set", "romibridge", "up")
        yield
    finally:
        _ip("link", "del", "romibridge")


@contextmanager
def hosts(count: int, ports: list[int]) -> Iterator[list[Host]]:
    """Hosts whose 127.0.0.1 leads, at `ports`, to the same ports of this machine's 127.0.0.1."""
    made = [Host(f"romihost{n}", n) for n in range(2, 2 + count)]
    try:
        for port in ports:
            threading.Thread(target=relay, args=(CENTRE, "127.0.0.1", port), daemon=True).start()
        for host in made:
            _plug(host)
            for port in ports:
                host.start(sys.executable, "-c", _RELAY, "127.0.0.1", CENTRE, str(port))
        yield made
    finally:
        for host in made:
            for process in host.processes:
                with suppress(OSError):
                    process.kill()
            subprocess.run(["ip", "link", "del", f"v{host.name}"], check=False)
            _ip("netns", "del", host.name)


def _plug(host: Host) -> None:
    inside = ("netns", "exec", host.name, "ip")
    _ip("netns", "add", host.name)
    _ip("link", "add", f"v{host.name}", "type", "veth", "peer", "eth0", "netns", host.name)
    _ip("link", "set", f"v{host.name}", "master", "romibridge", "up")
    _ip(*inside, "addr", "add", f"10.77.0.{host.number}/24", "dev", "eth0")
    _ip(*inside, "link", "set", "eth0", "up")
    _ip(*inside, "link", "set", "lo", "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def relay(here: str, there: str, port: int) -> None:
    """Pass connections on from one address to the other, for ever."""
    with socket.create_server((here, port), backlog=128) as server:
        while True:
            near, _ = server.accept()
            try:
                far = socket.create_connection((there, port), timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pour, args=(one, other), daemon=True).start()


def _pour(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while part := one.recv(65536):
            other.sendall(part)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@contextmanager
def database(port: int) -> Iterator[str]:
    """A PostgreSQL that the hosts reach; gives its URL. Its server looks for lost clients."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder = Path(tempfile.mkdtemp(prefix="romi-scale-"))
    shutil.chown(folder, "postgres")
    files = folder / "files"

    def run(tool: str, *words: str) -> None:
        command = [str(binaries / tool), "-D", str(files), *words]
        subprocess.run(command, check=True, user="postgres", cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
    with (files / "pg_hba.conf").open("a") as rights:
        rights.write("host all all 10.77.0.0/24 trust\n")
    options = f"-c port={port} -c listen_addresses={CENTRE} -c unix_socket_directories={folder}"
    run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"postgresql://postgres@{CENTRE}:{port}/postgres"
    finally:
        run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)


@contextmanager
def redis(port: int) -> Iterator[str]:
    """A Redis that the hosts reach; gives its URL."""
    words = ("--bind", CENTRE, "--port", str(port), "--protected-mode", "no", "--save", "")
    server = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield f"redis://{CENTRE}:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
