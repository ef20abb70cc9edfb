#!/usr/bin/python3
"""Downloads from and seeds to a real client, through an HTTP and a UDP tracker, and compares every byte.

Each run moves two torrents at once, one of a single file and one of many. Once the downloader comes first and once
the seed does, so that either side has to connect.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import signal
import sys

import harness
import torrents
from clients import CLIENTS, FreshetWithState
from harness import Failure, Opentracker, check, wait_until

# Transmission makes its first connection 10 to 15 s after it heard of a peer.
TIMEOUT_S = 60


def make_torrents(lab, kind):
    contents = [torrents.single(), torrents.multi()]
    plain = [torrents.Torrent(lab.path(f'{number}.torrent'), content) for number, content in enumerate(contents)]
    tracker = Opentracker(lab, [torrent.hash for torrent in plain])
    made = [torrents.Torrent(torrent.path, torrent.content, [tracker.urls[kind]]) for torrent in plain]
    return tracker, made


def move(lab, seed_class, downloader_class, kind, is_seed_first):
    tracker, made = make_torrents(lab, kind)
    source = lab.make_folder('source')
    for torrent in made:
        torrent.content.write(source)
    target = lab.make_folder('target')

    def start_seed():
        seed = seed_class(lab, made, source, is_seed=True)
        seed.wait_ready()
        return seed

    if is_seed_first:
        seed = start_seed()
        tracker.wait_peers(made, 1, 30, seed.process)
        downloader = downloader_class(lab, made, target)
    else:
        downloader = downloader_class(lab, made, target)
        tracker.wait_peers(made, 1, 30, downloader.process)
        seed = start_seed()
    try:
        downloader.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure(f'{failure}\n{seed.process.tail()}') from None
    downloader.stop()
    differences = downloader.compare()
    if differences:
        raise Failure('\n'.join(differences))


def move_with_state(lab, client):
    """Killed half-way, it goes on with what it had, and shares from the same state afterwards."""
    tracker, made = make_torrents(lab, 'http')
    source = lab.make_folder('source')
    total = 0
    for torrent in made:
        torrent.content.write(source)
        total += sum(len(data) for data in torrent.content.files.values())
    seed = client(lab, made, source, is_seed=True)
    seed.wait_ready()
    target = lab.make_folder('target')
    first = FreshetWithState(lab, made, target, extra=['--download-limit', '2M'])
    wait_until('a third is there', lambda: first.last('done') > total / 3, TIMEOUT_S, first.process, seed.process)
    had = first.last('done')
    first.process.signal(signal.SIGKILL)
    first.process.wait_exit(TIMEOUT_S)
    second = FreshetWithState(lab, made, target)
    second.wait_complete(TIMEOUT_S)
    fetched = second.last('downloaded') - second.last('wasted')
    check(fetched <= total - had, f'of {total} bytes {had} were there, and {fetched} were fetched then')
    check(second.compare() == [], '\n'.join(second.compare()))
    seed.stop()
    ours = FreshetWithState(lab, made, target, is_seed=True)
    ours.wait_ready()
    check(ours.last('checked') == 0, 'what lies as it was left was checked')
    theirs = client(lab, made, lab.make_folder('copy'))
    theirs.wait_complete(TIMEOUT_S)
    theirs.stop()
    check(theirs.compare() == [], '\n'.join(theirs.compare()))


def list_tests(ours, theirs):
    def test(seed, downloader, kind, is_seed_first):
        order = 'seed first' if is_seed_first else 'downloader first'
        name = f'{seed.name} to {downloader.name}, {kind} tracker, {order}'
        return name, lambda lab: move(lab, seed, downloader, kind, is_seed_first)

    tests = [test(theirs, ours, 'http', True), test(theirs, ours, 'udp', False),
             test(ours, theirs, 'http', False), test(ours, theirs, 'udp', True)]
    # Transmission takes its time to connect, and would say nothing about a state that the others do not.
    if theirs.name != 'transmission':
        tests.append((f'{theirs.name} and a freshet-cli with a state', lambda lab: move_with_state(lab, theirs)))
    return tests


def main():
    def add_more(parser):
        parser.add_argument('--client', required=True, choices=CLIENTS, help='the counterpart')
        parser.add_argument('--ours', default='freshet-cli', choices=CLIENTS, help='another one in our place')

    options = harness.parse_options(__doc__, add_more)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests(CLIENTS[options.ours], CLIENTS[options.client]))


sys.exit(main())
