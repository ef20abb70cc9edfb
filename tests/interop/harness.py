"""Starts trackers and real clients for a test, each in a folder of its own, and ends exactly what it started.

A Lab is one test's world: a temporary folder, a network namespace that has nothing but a loopback, and the processes
in it. Nothing here sleeps to hope: everything waits for an event, with a time limit that fails the test.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = '/usr/bin/python3'
IN_NAMESPACE = 'FRESHET_TEST_NAMESPACE'
POLL_S = 0.03
# In the namespace: the ports of connections, given by the kernel, and of what listens, told by us.
PORTS_OF_CONNECTIONS = (16384, 39999)
PORTS_OF_LISTENERS = (40000, 59999)


class Failure(Exception):
    """What a test found wrong, in a sentence."""


class Skipped(Exception):
    """Why a test cannot be run here."""


# ---- The network -----------------------------------------------------------------------------------------------

def enter_namespace():
    """Runs this very program again where no packet can leave the machine; on a machine that forbids it, stays."""
    if os.environ.get(IN_NAMESPACE):
        return
    # Mounts are private too: a small file system for a test goes with it.
    for how in (['unshare', '-n', '-m'], ['unshare', '-n'], ['unshare', '-r', '-n']):
        try:
            if subprocess.run(how + ['true'], capture_output=True, check=False).returncode == 0:
                command = how + [PYTHON, '-W', 'ignore'] + sys.argv
                os.execvpe('unshare', command, dict(os.environ, **{IN_NAMESPACE: 'new'}))
        except OSError:
            break
    os.environ[IN_NAMESPACE] = 'none'


def raise_loopback():
    if os.environ.get(IN_NAMESPACE) != 'new':
        return
    for command in ('link set lo up multicast on', 'route add local 10.77.0.0/16 dev lo',
                    'addr add 10.77.0.1/32 dev lo'):
        subprocess.run(['ip'] + command.split(), check=True)
    with contextlib.suppress(OSError), open('/proc/sys/net/ipv4/ip_local_port_range', 'w', encoding='ascii') as setting:
        setting.write('{} {}'.format(*PORTS_OF_CONNECTIONS))
    os.environ[IN_NAMESPACE] = 'ready'


def route_multicast(addresses):
    """In the namespace: groups are joined where one of these is an interface's own address."""
    for command in ('route replace 224.0.0.0/4 dev lo', *(f'addr replace {one}/32 dev lo' for one in addresses)):
        subprocess.run(['ip'] + command.split(), check=True)


def address(n):
    """The n-th address, 1 and up. Transmission never dials 127/8, hence the other network where there is one."""
    if os.environ.get(IN_NAMESPACE) == 'ready':
        return f'10.77.{n // 250}.{n % 250 + 1}'
    return f'127.0.{n // 250}.{n % 250 + 1}'


def make_certificate(lab, *names):
    """For these names, of no authority: its file, and one that has its key, too."""
    certificate, key, both = (lab.path(name + '.pem') for name in ('public', 'key', 'certificate'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-days', '2', '-subj', '/CN=test', '-addext',
                    'subjectAltName=' + ','.join(f'DNS:{name}' for name in names), '-keyout', key, '-out', certificate],
                   check=True, capture_output=True)
    with open(both, 'wb') as out:
        for path in (certificate, key):
            with open(path, 'rb') as file:
                out.write(file.read())
    return certificate, both


def join_address(ip, port):
    return f'[{ip}]:{port}' if ':' in ip else f'{ip}:{port}'


listener_ports = itertools.cycle(range(PORTS_OF_LISTENERS[0], PORTS_OF_LISTENERS[1] + 1))


def free_port(ip):
    """A port that is free for TCP and UDP, for programs that cannot choose one and say so. In the namespace it stays
    free: no connection is given it where the kernel lets us say so, and it is told once."""
    family = socket.AF_INET6 if ':' in ip else socket.AF_INET
    while True:
        with socket.socket(family) as tcp, socket.socket(family, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((ip, next(listener_ports) if os.environ.get(IN_NAMESPACE) == 'ready' else 0))
                port = tcp.getsockname()[1]
                udp.bind((ip, port))
                return port
            except OSError:
                continue


def wait_until(what, condition, timeout, *processes, poll=POLL_S):
    """Polls until condition() is true and returns what it returned. Fails at once when a process has ended."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        for process in processes:
            if not process.is_alive():
                raise Failure(f'{process.name} ended while waiting for: {what}\n{process.tail()}')
        if time.monotonic() > deadline:
            tails = '\n'.join(process.tail() for process in processes)
            raise Failure(f'not within {timeout} s: {what}\n{tails}')
        time.sleep(poll)


def can_connect(ip, port):
    try:
        socket.create_connection((ip, port), 1).close()
        return True
    except OSError:
        return False


# ---- Processes -------------------------------------------------------------------------------------------------

class Process:
    """A program with its own home and a log of what it says."""

    def __init__(self, lab, name, command, stdin=subprocess.DEVNULL, env=None, separate=False):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix=name + '-', dir=lab.folder)
        self.log = os.path.join(self.folder, 'output.txt')
        self.errors = os.path.join(self.folder, 'errors.txt') if separate else self.log
        variables = dict(os.environ, HOME=self.folder, TERM='dumb', LC_ALL='C.UTF-8', **(env or {}))
        for kind in ('CONFIG', 'DATA', 'CACHE', 'STATE'):
            variables[f'XDG_{kind}_HOME'] = os.path.join(self.folder, kind.lower())
        with open(self.log, 'ab') as out, open(self.errors, 'ab') as err:
            self.popen = subprocess.Popen([str(word) for word in command], cwd=self.folder, env=variables, stdin=stdin,
                                          stdout=out, stderr=err, start_new_session=True)
        self.pid = self.popen.pid
        self.usage = None
        lab.processes.append(self)

    def is_alive(self):
        """Reaps it by itself when it has ended, to learn what it used."""
        if self.popen.returncode is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.popen.returncode = os.waitstatus_to_exitcode(status)
                self.usage = usage
        return self.popen.returncode is None

    def output(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def error_output(self):
        with open(self.errors, encoding='utf-8', errors='replace') as log:
            return log.read()

    def tail(self):
        return f'--- {self.name} said last:\n' + '\n'.join(self.output().splitlines()[-15:])

    def wait_for(self, pattern, timeout, poll=POLL_S):
        """Waits until the output has a match, and returns it."""
        return wait_until(f'"{pattern}" from {self.name}', lambda: re.search(pattern, self.output()), timeout, self,
                          poll=poll)

    def wait_exit(self, timeout, poll=POLL_S):
        """Its exit status."""
        deadline = time.monotonic() + timeout
        while self.is_alive():
            if time.monotonic() > deadline:
                raise Failure(f'{self.name} did not end within {timeout} s\n{self.tail()}')
            time.sleep(poll)
        return self.popen.returncode

    def signal(self, number):
        if self.is_alive():
            os.kill(self.pid, number)

    def stop(self, grace=8):
        """Asks it to end, then makes it. Its own group only."""
        if not self.is_alive():
            return
        self.signal(signal.SIGTERM)
        try:
            self.wait_exit(grace)
        except Failure:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait_exit(grace)


class Lab:
    """One test's folder and processes; a context manager that leaves nothing behind."""

    def __init__(self, options, parent=None):
        self.options = options
        self.parent = parent
        self.processes = []
        self.n_addresses = 0
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='freshet-test-', dir=self.parent)
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *details):
        for process in reversed(self.processes):
            process.stop(grace=3)
        if self.options.keep:
            print(f'# kept: {self.folder}')
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def address(self):
        self.n_addresses += 1
        return address(self.n_addresses)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def make_folder(self, name):
        path = tempfile.mkdtemp(prefix=name + '-', dir=self.folder)
        os.chmod(path, 0o755)
        return path


# ---- Trackers --------------------------------------------------------------------------------------------------

class Opentracker:
    """Debian's build knows only hashes it was told; HTTP and UDP share a port."""

    def __init__(self, lab, hashes):
        self.ip = lab.address()
        self.port = free_port(self.ip)
        folder = lab.make_folder('opentracker')
        with open(os.path.join(folder, 'whitelist.txt'), 'w', encoding='ascii') as out:
            out.writelines(info_hash.hex() + '\n' for info_hash in hashes)
        command = ['opentracker', '-i', self.ip, '-p', self.port, '-P', self.port, '-d', folder, '-w', 'whitelist.txt']
        if os.getuid() == 0:
            command += ['-u', 'nobody']
        self.process = Process(lab, 'opentracker', command)
        self.urls = {kind: f'{kind}://{self.ip}:{self.port}/announce' for kind in ('http', 'udp')}
        wait_until('opentracker listens', lambda: can_connect(self.ip, self.port), 10, self.process)

    def count(self, info_hash):
        """(seeds, leechers) by scrape, so that asking adds no peer."""
        from torrents import bdecode
        url = f'http://{self.ip}:{self.port}/scrape?info_hash={urllib.parse.quote(info_hash)}'
        files = bdecode(urllib.request.urlopen(url, timeout=5).read()).get(b'files', {})
        entry = files.get(info_hash, {})
        return entry.get(b'complete', 0), entry.get(b'incomplete', 0)

    def wait_peers(self, torrents, n_peers, timeout, *processes):
        wait_until(f'{n_peers} peers at the tracker',
                   lambda: all(sum(self.count(torrent.hash)) >= n_peers for torrent in torrents), timeout, *processes)


# ---- Running ---------------------------------------------------------------------------------------------------

def parse_options(description, add_more=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('tests', nargs='*', help='only tests whose name contains one of these')
    parser.add_argument('--freshet-cli', type=os.path.abspath, default=os.environ.get('FRESHET_CLI'),
                        help='the program under test')
    parser.add_argument('--keep', action='store_true', help='leave the folders of the tests')
    if add_more:
        add_more(parser)
    options = parser.parse_args()
    if options.freshet_cli:
        # Processes run in folders of their own.
        options.freshet_cli = os.path.abspath(options.freshet_cli)
    return options


def run_tests(options, tests):
    """Runs (name, function taking a Lab) in order, printing TAP. Returns the exit status."""
    raise_loopback()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [test for test in tests if not options.tests or any(word in test[0] for word in options.tests)]
    n_failed = 0
    print(f'1..{len(chosen)}', flush=True)
    for number, (name, function) in enumerate(chosen, 1):
        started_at = time.monotonic()
        try:
            with Lab(options) as lab:
                function(lab)
            verdict, why = f'ok {number} - {name}', ''
        except Skipped as reason:
            verdict, why = f'ok {number} - {name} # SKIP {reason}', ''
        except Failure as failure:
            verdict, why = f'not ok {number} - {name}', str(failure)
        except Exception:
            verdict, why = f'not ok {number} - {name}', traceback.format_exc()
        n_failed += verdict.startswith('not')
        print(verdict)
        print(''.join(f'# {line}\n' for line in why.splitlines()), end='')
        print(f'# {time.monotonic() - started_at:.1f} s', flush=True)
    return 1 if n_failed else 0


def check(is_true, message):
    if not is_true:
        raise Failure(message)


def read_json_lines(text):
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            pass
    return [line for line in lines if isinstance(line, dict)]
