"""Many torrents that run and have nobody: half are complete on disk, half have nothing, their trackers are dead.

Of the trackers half refuse connections, a quarter take a request over HTTP and never answer, a quarter never answer
over UDP; they are on so many hosts.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import json
import os
import random
import socket
import subprocess
import time

from many import LIMIT_S, POLL_S, QuietTransmission
from harness import Failure, Process, can_connect, free_port, read_json_lines, wait_until
from torrents import bencode

N_HOSTS = 20
N_FILES = 2
SEED_PIECE_BYTES = 16 * 1024
SEED_FILE_BYTES = 20 * 1024
N_PIECES = 100
PIECE_BYTES = 256 * 1024
FILE_BYTES = N_PIECES * PIECE_BYTES // N_FILES
# After all run, before the measuring begins, and how long it goes on: one checkpoint falls into it.
SETTLE_S = 10
STEADY_S = 30


class DeadTrackers:
    """A listener that accepts nobody, a UDP socket that reads nothing, and a port where nothing is."""

    def __init__(self):
        self.http = socket.socket()
        self.http.bind(('0.0.0.0', 0))
        self.http.listen(4096)
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(('0.0.0.0', 0))
        self.closed = free_port('127.0.0.1')

    def url(self, number):
        host = f'127.0.1.{1 + number // 4 % N_HOSTS}'
        if number % 4 < 2:
            return f'http://{host}:{self.closed}/{number:05}/announce'
        if number % 4 == 2:
            return f'http://{host}:{self.http.getsockname()[1]}/{number:05}/announce'
        return f'udp://{host}:{self.udp.getsockname()[1]}/announce'


class AliveTorrents:
    """The .torrent files, in `seeds` and `fetches` beneath a folder, and the data of the former, in `data`."""

    def __init__(self, folder, count, trackers):
        self.folder = folder
        self.count = count
        self.trackers = trackers
        self.data = os.path.join(folder, 'data')
        self.names = []
        self.hashes = []
        os.makedirs(self.data)
        for kind in ('seeds', 'fetches'):
            os.makedirs(os.path.join(folder, kind))
        source = random.Random(7)
        for number in range(count):
            self.make(number, source)

    def is_seed(self, number):
        return number < self.count // 2

    def make(self, number, source):
        name = f'Some Release of {1990 + number % 36} – Volume {number:05} [x264-GROUP]'
        length = SEED_FILE_BYTES if self.is_seed(number) else FILE_BYTES
        piece = SEED_PIECE_BYTES if self.is_seed(number) else PIECE_BYTES
        if self.is_seed(number):
            content = source.randbytes(N_FILES * length)
            os.makedirs(os.path.join(self.data, name))
            for index in range(N_FILES):
                with open(os.path.join(self.data, name, f'part {index}.mkv'), 'wb') as out:
                    out.write(content[index * length:(index + 1) * length])
            pieces = b''.join(hashlib.sha1(content[at:at + piece]).digest() for at in range(0, len(content), piece))
        else:
            pieces = source.randbytes(20 * N_PIECES)
        info = bencode({'name': name, 'piece length': piece, 'pieces': pieces,
                        'files': [{'length': length, 'path': [f'part {index}.mkv']} for index in range(N_FILES)]})
        with open(self.path(number), 'wb') as out:
            out.write(b'd8:announce' + bencode(self.trackers.url(number)) + b'4:info' + info + b'e')
        self.names.append(name)
        self.hashes.append(hashlib.sha1(info).hexdigest())

    def path(self, number):
        return os.path.join(self.folder, 'seeds' if self.is_seed(number) else 'fetches', f'{number:05}.torrent')

    def make_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path


class FreshetAlive:
    """The engine behind its GObject face, in a program that does nothing else."""

    def __init__(self, alive, options):
        self.alive = alive
        self.program = options.measure
        self.state = os.path.join(alive.make_folder('freshet'), 'state.db')
        for kind, folder in (('seeds', alive.data), ('fetches', alive.make_folder('freshet-data'))):
            subprocess.run([self.program, 'make', os.path.join(alive.folder, kind), '--state', self.state,
                            '--directory', folder, '--bind', '127.0.0.1:0', '--alive'],
                           check=True, stdout=subprocess.DEVNULL)

    def start(self, lab):
        return Process(lab, 'freshet', [self.program, 'start', '--state', self.state, '--bind', '127.0.0.1:0',
                                        '--alive'], separate=True)

    def wait_listed(self, process):
        process.wait_for('"listed".*\n', LIMIT_S, poll=POLL_S)
        return self.find(process, 'listed')['at']

    def wait_alive(self, process):
        process.wait_for('"alive".*\n', LIMIT_S, poll=POLL_S)
        line = self.find(process, 'alive')
        n_seeds = self.alive.count // 2
        if (line['seeding'], line['downloading']) != (n_seeds, self.alive.count - n_seeds):
            raise Failure(f'freshet runs {line}')
        return line['at']

    def find(self, process, event):
        return next(line for line in read_json_lines(process.output()) if line['event'] == event)


class TransmissionAlive:
    def __init__(self, alive, options):
        self.alive = alive
        self.home = alive.make_folder('transmission')
        self.client = None
        for kind in ('torrents', 'resume'):
            os.makedirs(os.path.join(self.home, kind))
        data = alive.make_folder('transmission-data')
        now = int(time.time())
        for number, info_hash in enumerate(alive.hashes):
            base = f'{alive.names[number]}.{info_hash[:16]}'
            is_seed = alive.is_seed(number)
            os.link(alive.path(number), os.path.join(self.home, 'torrents', base + '.torrent'))
            with open(os.path.join(self.home, 'resume', base + '.resume'), 'wb') as out:
                out.write(bencode({'destination': alive.data if is_seed else data, 'paused': 0,
                                   'name': alive.names[number], 'added-date': 1700000000,
                                   'progress': {'blocks': 'all' if is_seed else 'none',
                                                'time-checked': [now] * N_FILES}}))

    def start(self, lab):
        if self.client is None:
            self.client = QuietTransmission(lab, [], self.alive.data)
            with open(os.path.join(self.home, 'settings.json'), 'w', encoding='utf-8') as out:
                json.dump(dict(self.client.settings(), **{'download-queue-enabled': False,
                                                          'seed-queue-enabled': False}), out)
        self.client.session_id = ''
        return Process(lab, 'transmission', ['transmission-daemon', '-f', '-g', self.home])

    def wait_listed(self, process):
        wait_until('transmission listens', lambda: can_connect(self.client.ip, self.client.rpc_port), LIMIT_S,
                   process, poll=POLL_S)
        wait_until('transmission lists all', lambda: len(self.get_states()) == self.alive.count, LIMIT_S, process,
                   poll=POLL_S)
        return time.monotonic()

    def wait_alive(self, process):
        # 4: downloading, 6: seeding.
        wait_until('transmission runs all', lambda: sorted(set(self.get_states())) == [4, 6], LIMIT_S, process,
                   poll=0.1)
        at = time.monotonic()
        n_seeds = self.get_states().count(6)
        if n_seeds != self.alive.count // 2:
            raise Failure(f'transmission seeds {n_seeds}')
        return at

    def get_states(self):
        try:
            return [torrent['status'] for torrent in self.client.rpc('torrent-get', fields=['status'])['torrents']]
        except OSError:
            # It listens before it has time to answer.
            return []


ALIVES = {'freshet': FreshetAlive, 'transmission': TransmissionAlive}


def memory_mb(process, key):
    with open(f'/proc/{process.pid}/status', encoding='ascii', errors='replace') as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key + ':'))


def cpu_s(process):
    with open(f'/proc/{process.pid}/stat', encoding='ascii', errors='replace') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def measure_alive(kind, lab, settle_s=SETTLE_S, steady_s=STEADY_S):
    """Seconds until the list is there and until all run, then memory, cores in use, and the seconds of quitting."""
    since = time.monotonic()
    process = kind.start(lab)
    result = {'list_s': kind.wait_listed(process) - since, 'alive_s': kind.wait_alive(process) - since,
              'start_cpu_s': cpu_s(process)}
    time.sleep(settle_s)
    began_at, before = time.monotonic(), cpu_s(process)
    time.sleep(steady_s)
    result['cores'] = (cpu_s(process) - before) / (time.monotonic() - began_at)
    result['resident_mb'] = memory_mb(process, 'VmRSS')
    result['anonymous_mb'] = memory_mb(process, 'RssAnon')
    since = time.monotonic()
    process.signal(15)
    status = process.wait_exit(120, poll=0.001)
    result['quit_s'] = time.monotonic() - since
    if status != 0:
        raise Failure(f'{process.name} ended with {status}\n{process.tail()}')
    return result
