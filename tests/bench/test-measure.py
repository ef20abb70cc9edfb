#!/usr/bin/python3
"""bt-measure with few torrents: what it says is true. Nothing here looks at a clock.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import gzip
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))

import harness  # noqa: E402
from alive import AliveTorrents, DeadTrackers, FreshetAlive, measure_alive  # noqa: E402
from harness import check, read_json_lines, wait_until  # noqa: E402
from many import FILE_BYTES, N_FILES, FreshetStart, ManyTorrents, measure_start  # noqa: E402
from torrents import set_announce  # noqa: E402

N_TORRENTS = 30


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
    check(done.returncode == 0, f'{command} ended with {done.returncode}: {done.stderr}')
    return read_json_lines(done.stdout)


def test_start(lab):
    many = ManyTorrents(lab.make_folder('many'), N_TORRENTS)
    start = FreshetStart(many, lab.options)
    for _ in range(2):
        result = measure_start(start, lab)
        check(set(result) == {'list_s', 'resident_mb', 'quit_s'}, str(result))
        listed = read_json_lines(lab.processes[-1].output())[0]
        check(listed['count'] == N_TORRENTS, str(listed))
        check(listed['bytes'] == N_TORRENTS * N_FILES * FILE_BYTES, str(listed))


def test_alive(lab):
    alive = AliveTorrents(os.path.join(lab.make_folder('alive'), 'torrents'), N_TORRENTS, DeadTrackers())
    start = FreshetAlive(alive, lab.options)
    result = measure_alive(start, lab, 0, 0)
    check(set(result) == {'list_s', 'alive_s', 'start_cpu_s', 'cores', 'resident_mb', 'anonymous_mb', 'quit_s'},
          str(result))


def test_block_list(lab):
    text = ''.join(f'{n}.0.0.0 - {n}.127.255.255 , 000 , half of {n}\n' for n in range(0, 256)) + 'nonsense\n'
    plain, packed = lab.path('list.txt'), lab.path('list.gz')
    with open(plain, 'w', encoding='ascii') as out:
        out.write(text)
    with gzip.open(packed, 'wt', encoding='ascii') as out:
        out.write(text)
    for path in (plain, packed):
        [line] = run(lab.options.measure, 'block-list', path, '--lookups', 100000)
        check((line['read'], line['ranges'], line['malformed']) == (256, 256, 1), json.dumps(line))
        check(45000 < line['found'] < 55000, json.dumps(line))


def test_download(lab):
    """Twice the same, with a state and without; the state has it afterwards."""
    plain = lab.path('plain.torrent')
    subprocess.run([lab.options.loadgen, 'make', plain, '--size', str(3 * 1024 * 1024 + 12345), '--piece', '256K'],
                   check=True)
    seeds = harness.Process(lab, 'seeds', [lab.options.loadgen, 'seed', '--torrent', plain, '--listen',
                                           harness.address(50), '--peers', '3'])
    ready = wait_until('the seeds', lambda: read_json_lines(seeds.output()), 20, seeds)[0]
    torrent = lab.path('t.torrent')
    set_announce(plain, torrent, ready['tracker'])
    state = lab.path('state.db')
    for more in ((), ('--state', state)):
        target = lab.make_folder('target')
        events = run(lab.options.measure, 'download', torrent, '--directory', target, '--times', 2, '--bind',
                     f'{harness.address(60)}:{harness.free_port(harness.address(60))}', *more)
        check([event['event'] for event in events] == ['again', 'complete'], str(events))
        subprocess.run([lab.options.loadgen, 'compare', os.path.join(target, 'payload.bin'), '--torrent', plain],
                       check=True)
    check(os.path.getsize(state) > 0, 'no state')


def add_options(parser):
    for name in ('--measure', '--loadgen'):
        parser.add_argument(name, required=True, type=os.path.abspath)


def main():
    options = harness.parse_options(__doc__, add_options)
    harness.enter_namespace()
    return harness.run_tests(options, [('starting with a state', test_start), ('running torrents', test_alive),
                                       ('block lists', test_block_list),
                                       ('downloading with a state', test_download)])


sys.exit(main())
