#!/usr/bin/python3
"""The load generator against itself and against libtorrent: what measures must be right first.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import subprocess
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))

import harness  # noqa: E402
from clients import Libtorrent  # noqa: E402
from harness import Process, check, read_json_lines, wait_until  # noqa: E402
from torrents import set_announce  # noqa: E402


def find_event(process, name):
    return next((line for line in read_json_lines(process.output()) if line.get('event') == name), None)


def wait_event(process, name):
    return wait_until(f'"{name}"', lambda: find_event(process, name), 20, process)


def make(lab, size):
    path = lab.path('plain.torrent')
    # The last piece and the last block are short.
    subprocess.run([lab.options.loadgen, 'make', path, '--size', str(size), '--piece', '256K'], check=True)
    return path


def start_seeds(lab, torrent, *more):
    return Process(lab, 'seeds', [lab.options.loadgen, 'seed', '--torrent', torrent, '--listen', harness.address(50),
                                  '--peers', '3', *more])


def test_itself(lab):
    torrent = make(lab, 3 * 1024 * 1024 + 12345)
    where = wait_event(start_seeds(lab, torrent), 'ready')['seeds'][0]
    takers = Process(lab, 'takers', [lab.options.loadgen, 'take', '--torrent', torrent, '--connect', where,
                                     '--peers', '4', '--from', harness.address(100), '--seconds', '20'])
    check(takers.wait_exit(25) == 0, takers.tail())
    end = find_event(takers, 'end')
    check(end['finished'] == 4 and end['wrong'] == 0, str(end))
    check(end['bytes'] == 4 * (3 * 1024 * 1024 + 12345), str(end))


def test_libtorrent(lab):
    """By the little tracker."""
    plain = make(lab, 3 * 1024 * 1024 + 12345)
    torrent = SimpleNamespace(path=lab.path('t.torrent'))
    seeds = start_seeds(lab, plain)
    set_announce(plain, torrent.path, wait_event(seeds, 'ready')['tracker'])
    compare(lab, Libtorrent(lab, [torrent], lab.make_folder('target')), seeds, plain)


def test_dialling(lab):
    """The seeds come by themselves."""
    plain = make(lab, 1024 * 1024)
    client = Libtorrent(lab, [SimpleNamespace(path=plain)], lab.make_folder('target'), trackers=False)
    client.wait_ready()
    compare(lab, client, start_seeds(lab, plain, '--connect', f'{client.ip}:{client.port}'), plain)


def compare(lab, client, seeds, plain):
    wait_until('libtorrent is complete', lambda: client.count_events('complete'), 30, client.process, seeds)
    client.stop()
    path = os.path.join(client.folder, 'payload.bin')
    command = [lab.options.loadgen, 'compare', path, '--torrent', plain]
    check(subprocess.run(command, check=False).returncode == 0, 'other bytes than the generator\'s')
    with open(path, 'r+b') as file:
        file.seek(700000)
        byte = file.read(1)[0]
        file.seek(700000)
        file.write(bytes([byte ^ 1]))
    check(subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 1, 'a wrong byte is not seen')


def main():
    options = harness.parse_options(__doc__, lambda parser: parser.add_argument('--loadgen', required=True))
    options.loadgen = os.path.abspath(options.loadgen)
    harness.enter_namespace()
    return harness.run_tests(options, [('takers from seeds', test_itself), ('libtorrent from seeds', test_libtorrent),
                                       ('seeds dial libtorrent', test_dialling)])


sys.exit(main())
