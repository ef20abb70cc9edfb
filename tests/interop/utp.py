#!/usr/bin/python3
"""Meets libtorrent over uTP (BEP 29) and nothing else, as either side dials, and compares every byte; Transmission,
whose libutp most others have, dials us.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import sys

import harness
import torrents
from clients import Freshet, Libtorrent, Transmission
from harness import Failure, Opentracker, check

TIMEOUT_S = 60


def prepare(lab):
    made = torrents.Torrent(lab.path('one.torrent'), torrents.single())
    source = lab.make_folder('source')
    made.content.write(source)
    return made, source, lab.make_folder('target')


def meet(lab, transport, is_seed_ours, we_dial):
    """Nobody else knows an address, and libtorrent has no TCP."""
    made, source, target = prepare(lab)
    classes = (Freshet, Libtorrent) if is_seed_ours else (Libtorrent, Freshet)
    words = {Freshet: ['--transport', transport], Libtorrent: ['--utp']}
    does_seed_dial = is_seed_ours == we_dial

    def start(index, folder, peer=None):
        dial = {Freshet: '--peer', Libtorrent: '--connect'}[classes[index]]
        more = [dial, f'{peer.ip}:{peer.port}'] if peer else []
        return classes[index](lab, [made], folder, is_seed=index == 0, trackers=False,
                              extra=[*words[classes[index]], *more])

    if does_seed_dial:
        downloader = start(1, target)
        downloader.wait_ready()
        seed = start(0, source, downloader)
    else:
        seed = start(0, source)
        seed.wait_ready()
        downloader = start(1, target, seed)
    try:
        downloader.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure(f'{failure}\n{seed.process.tail()}') from None
    downloader.stop()
    check(downloader.compare() == [], '\n'.join(downloader.compare()))
    seed.stop()


class TransmissionOverUtp(Transmission):
    def settings(self):
        return super().settings() | {'utp-enabled': True}


def test_transmission(lab):
    """It hears of us from a tracker, and we have no TCP."""
    content = torrents.single()
    tracker = Opentracker(lab, [torrents.Torrent(lab.path('plain.torrent'), content).hash])
    made = torrents.Torrent(lab.path('plain.torrent'), content, [tracker.urls['http']])
    source = lab.make_folder('source')
    content.write(source)
    seed = Freshet(lab, [made], source, is_seed=True, extra=['--transport', 'utp'])
    tracker.wait_peers([made], 1, 30, seed.process)
    downloader = TransmissionOverUtp(lab, [made], lab.make_folder('target'))
    try:
        downloader.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure(f'{failure}\n{seed.process.tail()}') from None
    downloader.stop()
    check(downloader.compare() == [], '\n'.join(downloader.compare()))
    seed.stop()


def list_tests():
    def test(transport, is_seed_ours, we_dial):
        name = f'ours {"seeds" if is_seed_ours else "downloads"}, {"ours" if we_dial else "libtorrent"} dials'
        return f'{name}, {transport}', lambda lab: meet(lab, transport, is_seed_ours, we_dial)

    return [test(transport, is_seed_ours, we_dial) for transport in ('utp', 'both')
            for is_seed_ours in (True, False) for we_dial in (True, False)] + [
                ('ours seeds, Transmission dials, utp', test_transmission)]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
