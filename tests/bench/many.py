"""Many torrents that do nothing, in the states of several clients, and those clients starting with them.

All know the same torrents: paused, nothing of their data there, so that no client looks for files or hashes any.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'interop'))

from clients import QBittorrent, Transmission  # noqa: E402
from harness import Failure, Process, can_connect, free_port, read_json_lines, wait_until  # noqa: E402
from torrents import bencode  # noqa: E402

N_PIECES = 400
N_FILES = 4
PIECE_BYTES = 256 * 1024
FILE_BYTES = N_PIECES * PIECE_BYTES // N_FILES
POLL_S = 0.004
LIMIT_S = 120


class ManyTorrents:
    """The .torrent files, in `torrents` beneath a folder, and a folder for data that never comes."""

    def __init__(self, folder, count):
        self.folder = folder
        self.count = count
        self.torrents = os.path.join(folder, 'torrents')
        self.data = os.path.join(folder, 'data')
        self.hashes = []
        self.names = []
        os.makedirs(self.torrents)
        os.makedirs(self.data)
        source = random.Random(3)
        for number in range(count):
            self.make(number, source)

    def make(self, number, source):
        name = f'Some Release of {1990 + number % 36} – Volume {number:05} [x264-GROUP]'
        files = [{'length': FILE_BYTES, 'path': [f'Disc {1 + index // 2}', f'part {index}.mkv']}
                 for index in range(N_FILES)]
        info = bencode({'name': name, 'piece length': PIECE_BYTES, 'files': files,
                        'pieces': source.randbytes(20 * N_PIECES)})
        announce = bencode(f'http://127.0.0.1:1/{number:05}/announce')
        with open(self.path(number), 'wb') as out:
            out.write(b'd8:announce' + announce + b'4:info' + info + b'e')
        self.names.append(name)
        self.hashes.append(hashlib.sha1(info).hexdigest())

    def path(self, number):
        return os.path.join(self.torrents, f'{number:05}.torrent')

    def make_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path


def peak_mb(process):
    """The largest resident set until now, pages of mapped files included."""
    with open(f'/proc/{process.pid}/status', encoding='ascii', errors='replace') as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith('VmHWM'))


class FreshetStart:
    """The engine behind its GObject face, in a program that does nothing else."""

    def __init__(self, many, options):
        self.many = many
        self.program = options.measure
        self.state = os.path.join(many.make_folder('freshet'), 'state.db')
        subprocess.run([self.program, 'make', many.torrents, '--state', self.state, '--directory', many.data],
                       check=True, stdout=subprocess.DEVNULL)

    def start(self, lab):
        return Process(lab, 'freshet', [self.program, 'start', '--state', self.state], separate=True)

    def wait_listed(self, process):
        process.wait_for('"listed".*\n', LIMIT_S, poll=POLL_S)
        listed = read_json_lines(process.output())[0]
        if listed['stopped'] != self.many.count:
            raise Failure(f'freshet lists {listed}')
        return listed['at']


class QuietTransmission(Transmission):
    """Started by somebody else; only its settings and its remote calls are of use here."""

    def start(self):
        self.rpc_port = free_port(self.ip)
        self.session_id = ''


class TransmissionStart:
    def __init__(self, many, options):
        self.many = many
        self.home = many.make_folder('transmission')
        self.client = None
        for kind in ('torrents', 'resume'):
            os.makedirs(os.path.join(self.home, kind))
        for number, info_hash in enumerate(many.hashes):
            base = f'{many.names[number]}.{info_hash[:16]}'
            os.link(many.path(number), os.path.join(self.home, 'torrents', base + '.torrent'))
            with open(os.path.join(self.home, 'resume', base + '.resume'), 'wb') as out:
                out.write(bencode({'destination': many.data, 'paused': 1, 'name': many.names[number],
                                   'added-date': 1700000000, 'progress': {'blocks': 'none'}}))

    def start(self, lab):
        if self.client is None:
            self.client = QuietTransmission(lab, [], self.many.data)
            with open(os.path.join(self.home, 'settings.json'), 'w', encoding='utf-8') as out:
                json.dump(dict(self.client.settings(), **{'start-added-torrents': False}), out)
        self.client.session_id = ''
        return Process(lab, 'transmission', ['transmission-daemon', '-f', '-g', self.home])

    def wait_listed(self, process):
        wait_until('transmission listens', lambda: can_connect(self.client.ip, self.client.rpc_port), LIMIT_S,
                   process, poll=POLL_S)
        wait_until('transmission lists all', self.is_listed, LIMIT_S, process, poll=POLL_S)
        at = time.monotonic()
        # 0: stopped.
        if any(torrent['status'] for torrent in self.client.rpc('torrent-get', fields=['status'])['torrents']):
            raise Failure('transmission runs some of them')
        return at

    def is_listed(self):
        try:
            return len(self.client.rpc('torrent-get', fields=['id'])['torrents']) == self.many.count
        except OSError:
            # It listens before it has time to answer.
            return False


class QuietQBittorrent(QBittorrent):
    def start(self):
        self.web_port = free_port(self.ip)


class QBittorrentStart:
    def __init__(self, many, options):
        self.many = many
        self.home = many.make_folder('qbittorrent')
        self.client = None
        backup = os.path.join(self.home, 'qBittorrent', 'data', 'BT_backup')
        os.makedirs(backup)
        for number, info_hash in enumerate(many.hashes):
            os.link(many.path(number), os.path.join(backup, info_hash + '.torrent'))
            with open(os.path.join(backup, info_hash + '.fastresume'), 'wb') as out:
                out.write(bencode(self.resume(number)))
        with open(os.path.join(backup, 'queue'), 'w', encoding='ascii') as out:
            out.writelines(info_hash + '\n' for info_hash in many.hashes)

    def resume(self, number):
        return {'file-format': 'libtorrent resume file', 'file-version': 1, 'libtorrent-version': '2.0.8.0',
                'info-hash': bytes.fromhex(self.many.hashes[number]), 'name': self.many.names[number],
                'save_path': self.many.data, 'qBt-savePath': self.many.data, 'qBt-name': '', 'qBt-category': '',
                'qBt-tags': [], 'qBt-ratioLimit': -2000, 'qBt-seedingTimeLimit': -2, 'qBt-seedStatus': 0,
                'qBt-contentLayout': 'Original', 'qBt-firstLastPiecePriority': 0, 'added_time': 1700000000,
                'paused': 1, 'auto_managed': 0, 'pieces': bytes(N_PIECES)}

    def start(self, lab):
        if self.client is None:
            self.client = QuietQBittorrent(lab, [], self.many.data)
            config = os.path.join(self.home, 'qBittorrent', 'config')
            os.makedirs(config)
            with open(os.path.join(config, 'qBittorrent.conf'), 'w', encoding='utf-8') as out:
                out.write('\n'.join(self.client.settings()) + '\n')
        return Process(lab, 'qbittorrent', ['qbittorrent-nox', f'--profile={self.home}',
                                            f'--webui-port={self.client.web_port}'])

    def wait_listed(self, process):
        """Asking for all is slow and holds it up: a sample is asked for, then all once."""
        sample = self.many.hashes[::max(1, self.many.count // 20)] + self.many.hashes[-1:]
        wait_until('qbittorrent lists some', lambda: self.count(sample) == len(set(sample)), LIMIT_S, process,
                   poll=POLL_S)
        at = time.monotonic()
        while self.count() != self.many.count:
            if time.monotonic() > at + LIMIT_S:
                raise Failure('qbittorrent does not list all')
            at = time.monotonic()
        return at

    def count(self, hashes=()):
        try:
            torrents = json.loads(self.client.get('torrents/info' + ('?hashes=' + '|'.join(hashes) if hashes else '')))
        except OSError:
            return 0
        # It lists them before it has made up its mind.
        if not {torrent['state'] for torrent in torrents} <= {'pausedDL', 'checkingResumeData'}:
            raise Failure(f'qbittorrent: {set(torrent["state"] for torrent in torrents)}')
        return len(torrents)


STARTS = {'freshet': FreshetStart, 'transmission': TransmissionStart, 'qbittorrent': QBittorrentStart}


def measure_start(start, lab):
    """Seconds until the list is there, the most memory until then, seconds from the signal to the end."""
    since = time.monotonic()
    process = start.start(lab)
    listed_at = start.wait_listed(process)
    result = {'list_s': listed_at - since, 'resident_mb': peak_mb(process)}
    since = time.monotonic()
    process.signal(15)
    status = process.wait_exit(60, poll=0.001)
    result['quit_s'] = time.monotonic() - since
    if status != 0:
        raise Failure(f'{process.name} ended with {status}\n{process.tail()}')
    return result
