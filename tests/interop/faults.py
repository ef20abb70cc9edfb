#!/usr/bin/python3
"""What the real program does when things go wrong around it: kills, full disks, bad trackers, lost files, bad input.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import functools
import os
import signal
import subprocess
import sys

import harness
import torrents
from clients import Freshet, Libtorrent
from harness import Process, Skipped, check, wait_until
from trackers import FAULTS, RecordingTracker, Server, dead_url

PAYLOAD_BYTES = 12 * 1024 * 1024
TIMEOUT_S = 60
STOP_S = 5
NOBODY = 65534


def make_torrent(lab, announce=(), size=PAYLOAD_BYTES):
    content = torrents.single('payload.bin', size)
    return torrents.Torrent(lab.path('t.torrent'), content, announce, piece_bytes=256 * 1024)


def start_seed(lab, torrent):
    """A libtorrent that has everything and knows no tracker."""
    source = torrent.content.write(lab.make_folder('source'))
    seed = Libtorrent(lab, [torrent], source, is_seed=True, trackers=False)
    seed.wait_ready()
    return seed


def peer_option(client):
    return ['--peer', f'{client.ip}:{client.port}']


def finish(client):
    client.wait_complete(TIMEOUT_S)
    differences = client.compare()
    check(not differences, '\n'.join(differences))


def get_bytes_on_disk(path):
    try:
        return os.stat(path).st_blocks * 512
    except FileNotFoundError:
        return 0


# ---- The program, or its disk, goes away -----------------------------------------------------------------------

def test_kill(lab):
    torrent = make_torrent(lab)
    seed = start_seed(lab, torrent)
    target = lab.make_folder('target')
    path = os.path.join(target, 'payload.bin')
    client = Freshet(lab, [torrent], target, extra=[*peer_option(seed), '--download-limit', '4M'])
    wait_until('a part is on disk', lambda: get_bytes_on_disk(path) > PAYLOAD_BYTES // 4, TIMEOUT_S, client.process)
    client.process.signal(signal.SIGKILL)
    client.process.wait_exit(STOP_S)
    check(client.compare(), 'it was complete before it was killed: nothing was tested')
    finish(Freshet(lab, [torrent], target, extra=peer_option(seed)))


def test_interrupt(lab):
    """A clean stop in the middle keeps every whole piece, and the next run goes on from there."""
    torrent = make_torrent(lab)
    seed = start_seed(lab, torrent)
    target = lab.make_folder('target')
    path = os.path.join(target, 'payload.bin')
    client = Freshet(lab, [torrent], target, extra=[*peer_option(seed), '--download-limit', '4M'])
    wait_until('a part is on disk', lambda: get_bytes_on_disk(path) > PAYLOAD_BYTES // 4, TIMEOUT_S, client.process)
    client.process.signal(signal.SIGINT)
    client.process.wait_exit(STOP_S)
    finish(Freshet(lab, [torrent], target, extra=peer_option(seed)))


def test_full_disk(lab):
    target = lab.make_folder('target')
    size = PAYLOAD_BYTES + 4 * 1024 * 1024
    mount = ['mount', '-t', 'tmpfs', '-o', f'size={size}', 'freshet-test', target]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        raise Skipped('mounting a small tmpfs needs root')
    try:
        ballast = os.path.join(target, 'ballast')
        with open(ballast, 'wb') as out:
            out.write(bytes(PAYLOAD_BYTES))
        torrent = make_torrent(lab)
        seed = start_seed(lab, torrent)
        client = Freshet(lab, [torrent], target, extra=peer_option(seed))
        path = os.path.join(target, 'payload.bin')
        wait_until('the disk is full', lambda: os.statvfs(target).f_bavail * 4096 < 512 * 1024 or
                   not client.process.is_alive(), TIMEOUT_S)
        check(get_bytes_on_disk(path) < PAYLOAD_BYTES, 'it fitted: nothing was tested')
        # Either it waits for room, or it ends and says why; then it goes on when it is called again.
        wait_until('a word about the full disk', lambda: is_said(client.process, 'space', 'full', 'disk') or
                   not client.process.is_alive(), 30)
        os.unlink(ballast)
        if not client.process.is_alive():
            check(client.process.wait_exit(1) == 1, 'its exit status is not 1')
            check(is_said(client.process, 'space', 'full', 'disk'), 'it does not say why it ended')
            client = Freshet(lab, [torrent], target, extra=peer_option(seed))
        finish(client)
    finally:
        for process in lab.processes:
            process.stop()
        subprocess.run(['umount', target], check=False)


def is_said(process, *words):
    text = (process.output() + process.error_output()).lower()
    return any(word in text for word in words)


# ---- Trackers --------------------------------------------------------------------------------------------------

def download_beside(lab, url):
    torrent = make_torrent(lab, [url], size=1024 * 1024)
    seed = start_seed(lab, torrent)
    finish(Freshet(lab, [torrent], lab.make_folder('target'), extra=peer_option(seed)))


def test_tracker_gone(lab):
    download_beside(lab, dead_url(lab.address()))


def test_tracker_unnamed(lab):
    download_beside(lab, 'http://no-such-host.invalid/announce')


def test_udp_tracker_gone(lab):
    ip = lab.address()
    download_beside(lab, f'udp://{ip}:{harness.free_port(ip)}/announce')


def test_tracker_fault(answer, lab):
    with Server(lab.address(), answer) as server:
        download_beside(lab, server.url)


def test_stop(command, lab):
    """SIGTERM: gone within five seconds, and the tracker knows."""
    with RecordingTracker(lab.address()) as tracker:
        torrent = make_torrent(lab, [tracker.url], size=256 * 1024)
        folder = lab.make_folder('folder')
        if command == 'seed':
            torrent.content.write(folder)
        client = Freshet(lab, [torrent], folder, is_seed=command == 'seed')
        wait_until('started is announced', lambda: 'started' in tracker.events(), 20, client.process)
        announce = tracker.announces[0]
        left = 0 if command == 'seed' else 256 * 1024
        check(announce.get('left') == str(left), f'left={announce.get("left")}, not {left}')
        check(announce.get('port') == str(client.port), f'port={announce.get("port")}, not {client.port}')
        client.process.signal(signal.SIGTERM)
        client.process.wait_exit(STOP_S)
        check('stopped' in tracker.events(), f'stopped is not announced, only {tracker.events()}')


def test_slow_stop(lab):
    """A tracker that never answers does not hold the program up."""
    with Server(lab.address(), FAULTS['slow']) as server:
        torrent = make_torrent(lab, [server.url], size=256 * 1024)
        client = Freshet(lab, [torrent], torrent.content.write(lab.make_folder('folder')), is_seed=True)
        client.wait_ready()
        client.process.signal(signal.SIGTERM)
        client.process.wait_exit(STOP_S + 1)


# ---- Files that go away while they are seeded -------------------------------------------------------------------

def truncate(path):
    os.truncate(path, PAYLOAD_BYTES // 3)


def hide(path):
    os.chmod(path, 0)


def test_lost_file(lose, lab):
    """What cannot be read is not served; the downloader gets the rest elsewhere, and never a wrong byte."""
    torrent = make_torrent(lab)
    source = torrent.content.write(lab.make_folder('lost'))
    path = os.path.join(source, 'payload.bin')
    wrap = []
    if lose is hide and os.getuid() == 0:
        wrap = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups']
        for owned in (source, path):
            os.chown(owned, NOBODY, NOBODY)
    ours = Freshet(lab, [torrent], source, is_seed=True, trackers=False, wrap=wrap)
    ours.wait_ready()
    lose(path)
    downloader = Libtorrent(lab, [torrent], lab.make_folder('target'), trackers=False)
    downloader.wait_ready()
    downloader.dial(ours.ip, ours.port)
    target = os.path.join(downloader.folder, 'payload.bin')
    # As much as can still be had; for a truncated file that is something.
    if lose is truncate:
        wait_until('what is left is served', lambda: get_bytes_on_disk(target) > 0, 30, ours.process)
    other = start_seed(lab, torrent)
    downloader.dial(other.ip, other.port)
    downloader.wait_complete(TIMEOUT_S)
    check(downloader.count_events('hash-failed') == 0, 'wrong bytes were served')
    check(not downloader.compare(), 'the downloader has something else')
    check(ours.process.is_alive(), f'freshet-cli ended\n{ours.process.tail()}')


# ---- Bad input -------------------------------------------------------------------------------------------------

def expect_refusal(lab, status, arguments, folder=None, words=()):
    """One sentence on standard error, nothing else, that exit status, and nothing left behind."""
    silent = ['--no-discovery'] if arguments[:1] in (['download'], ['seed']) else []
    process = Process(lab, 'freshet-cli', [lab.options.freshet_cli, *arguments[:1], *silent, *arguments[1:]],
                      separate=True)
    found = process.wait_exit(15)
    said = process.error_output()
    shown = f'freshet-cli {" ".join(map(str, arguments))}: '
    check(found == status, f'{shown}ended with {found}, not {status}: {said}')
    lines = [line for line in said.splitlines() if line.strip()]
    check(lines, shown + 'says nothing on standard error')
    check(status == 2 or len(lines) == 1, f'{shown}says more than one line:\n{said}')
    for word in ('assert', 'critical', 'warning', 'sanitizer'):
        check(word not in said.lower(), f'{shown}{said}')
    for word in words:
        check(word in said, f'{shown}does not name {word}: {said}')
    if folder:
        left = os.listdir(folder)
        check(not left, f'{shown}left {left}')


def write(path, data):
    with open(path, 'wb') as out:
        out.write(data)
    return path


def test_damaged_torrents(lab):
    torrent = make_torrent(lab, size=100000)
    with open(torrent.path, 'rb') as file:
        good = file.read()
    folder = lab.make_folder('target')
    damaged = {
        'empty': b'', 'text': b'this is no torrent\n', 'cut': good[:len(good) // 2], 'number': b'i1e',
        'no-info': b'd8:announce3:urle', 'deep': b'l' * 100000, 'no-pieces': good.replace(b'6:pieces', b'6:pieceZ'),
        'negative': good.replace(b'6:lengthi100000e', b'6:lengthi-1000e'),
        'zero-piece': good.replace(b'12:piece lengthi262144e', b'12:piece lengthi0e'),
    }
    for name, data in damaged.items():
        path = write(lab.path(name + '.torrent'), data)
        for command in ('download', 'show', 'verify'):
            more = ['--directory', folder] if command != 'show' else []
            expect_refusal(lab, 1, [command, path, *more], folder, [name])
    expect_refusal(lab, 1, ['download', lab.path('absent.torrent'), '--directory', folder], folder, ['absent'])
    expect_refusal(lab, 1, ['download', folder, '--directory', folder], folder)


def test_wrong_usage(lab):
    torrent = make_torrent(lab, size=1000)
    for arguments in ([], ['dance'], ['download'], ['seed'], ['show'], ['verify'], ['download', '--nonsense'],
                      ['download', torrent.path, '--port', '99999'], ['download', torrent.path, '--port', 'x'],
                      ['download', torrent.path, '--peer', 'nonsense'], ['download', torrent.path, '--bind', 'x'],
                      ['download', torrent.path, '--download-limit', '-3'],
                      ['download', torrent.path, '--upload-limit', '5X'],
                      ['download', torrent.path, '--max-peers', 'many']):
        expect_refusal(lab, 2, arguments)


def test_unwritable_folder(lab):
    torrent = make_torrent(lab, size=1000)
    blocked = write(lab.path('a-file'), b'')
    expect_refusal(lab, 1, ['download', torrent.path, '--directory', os.path.join(blocked, 'below')])
    expect_refusal(lab, 1, ['download', torrent.path, '--directory', blocked])
    expect_refusal(lab, 1, ['download', torrent.path, '--directory', '/proc/sys'])


def test_busy_port(lab):
    torrent = make_torrent(lab, size=1000)
    first = Freshet(lab, [torrent], torrent.content.write(lab.make_folder('first')), is_seed=True, trackers=False)
    first.wait_ready()
    folder = lab.make_folder('second')
    expect_refusal(lab, 1, ['download', torrent.path, '--directory', folder, '--bind', first.ip, '--port', first.port,
                            '--no-discovery'], folder)


def test_verify(lab):
    """0 for a whole copy, 1 for one byte wrong, one file short, or nothing."""
    content = torrents.multi()
    torrent = torrents.Torrent(lab.path('t.torrent'), content)

    def verify(folder):
        return Process(lab, 'freshet-cli', [lab.options.freshet_cli, 'verify', torrent.path, '--directory',
                                            folder]).wait_exit(30)

    whole = content.write(lab.make_folder('whole'))
    check(verify(whole) == 0, 'a whole copy is not 0')
    path = os.path.join(whole, content.name, 'z', 'last.bin')
    with open(path, 'r+b') as file:
        file.write(bytes([content.files['z/last.bin'][0] ^ 1]))
    check(verify(whole) == 1, 'a wrong byte is not 1')
    os.unlink(path)
    check(verify(whole) == 1, 'a missing file is not 1')
    empty = lab.make_folder('empty')
    check(verify(empty) == 1, 'an empty folder is not 1')
    check(not os.listdir(empty), 'verify made something')


TESTS = [
    ('kill -9 in the middle', test_kill),
    ('interrupt in the middle', test_interrupt),
    ('full disk', test_full_disk),
    ('tracker gone', test_tracker_gone),
    ('tracker with no address', test_tracker_unnamed),
    ('UDP tracker gone', test_udp_tracker_gone),
    *((f'tracker {name}', functools.partial(test_tracker_fault, answer)) for name, answer in FAULTS.items()),
    ('stop while seeding', functools.partial(test_stop, 'seed')),
    ('stop while downloading', functools.partial(test_stop, 'download')),
    ('stop with a slow tracker', test_slow_stop),
    ('file truncated while seeding', functools.partial(test_lost_file, truncate)),
    ('file deleted while seeding', functools.partial(test_lost_file, os.unlink)),
    ('file unreadable while seeding', functools.partial(test_lost_file, hide)),
    ('damaged torrents', test_damaged_torrents),
    ('wrong usage', test_wrong_usage),
    ('unwritable folder', test_unwritable_folder),
    ('busy port', test_busy_port),
    ('verify', test_verify),
]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, TESTS)


sys.exit(main())
