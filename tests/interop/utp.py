#!/usr/bin/python3
"""Meets libtorrent and Transmission over uTP (BEP 29) and nothing else, as either side dials, and compares every byte.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import subprocess
import sys

import harness
import torrents
from clients import Freshet, Libtorrent, Transmission
from harness import (IN_NAMESPACE, Failure, Opentracker, Skipped, check, join_address, read_json_lines,
                     wait_until)

TIMEOUT_S = 60
# So slow that a connection lasts until it has been looked at.
RATE = '1M'
# Transmission has no IPv6 where there is no address and no way that looks like the world's.
GLOBAL = '2001:db8:77::1'


def prepare(lab, trackers=()):
    made = torrents.Torrent(lab.path('one.torrent'), torrents.single(), trackers)
    source = lab.make_folder('source')
    made.content.write(source)
    return made, source, lab.make_folder('target')


def finish(seed, downloader):
    try:
        downloader.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure(f'{failure}\n{seed.process.tail()}') from None
    downloader.stop()
    check(downloader.compare() == [], '\n'.join(downloader.compare()))
    seed.stop()


def meet(lab, transport, is_seed_ours, we_dial, ip):
    """Nobody else knows an address, and libtorrent has no TCP."""
    made, source, target = prepare(lab)
    classes = (Freshet, Libtorrent) if is_seed_ours else (Libtorrent, Freshet)
    words = {Freshet: ['--transport', transport], Libtorrent: ['--utp']}
    does_seed_dial = is_seed_ours == we_dial

    def start(index, folder, peer=None):
        dial = {Freshet: '--peer', Libtorrent: '--connect'}[classes[index]]
        more = [dial, join_address(peer.ip, peer.port)] if peer else []
        return classes[index](lab, [made], folder, is_seed=index == 0, ip=ip, trackers=False,
                              extra=[*words[classes[index]], *more])

    if does_seed_dial:
        downloader = start(1, target)
        downloader.wait_ready()
        seed = start(0, source, downloader)
    else:
        seed = start(0, source)
        seed.wait_ready()
        downloader = start(1, target, seed)
    finish(seed, downloader)


# ---- Transmission ----------------------------------------------------------------------------------------------

class UtpTransmission(Transmission):
    """It has TCP, too, but dials over uTP first."""

    def settings(self):
        # The same port of that address is nobody else's.
        return dict(super().settings(), **{'utp-enabled': True, 'bind-address-ipv6': GLOBAL})

    def list_peers(self):
        return [peer for one in self.rpc('torrent-get', fields=['peers'])['torrents'] for peer in one['peers']]


def finish_over_utp(seed, downloader, ours, theirs):
    """Both say how they are connected."""
    wait_until('Transmission has a peer over uTP', lambda: any(peer['isUTP'] for peer in theirs.list_peers()),
               TIMEOUT_S, ours.process, theirs.process)
    finish(seed, downloader)
    tcp = [line for line in read_json_lines(ours.process.output())
           if line.get('event') == 'socket' and line['kind'] == 'peer']
    check(not tcp, f'connected over TCP: {tcp}')


def add_global_address():
    if os.environ.get(IN_NAMESPACE) != 'ready':
        raise Skipped('no network namespace can be made')
    for command in (f'addr replace {GLOBAL}/128 dev lo nodad', 'route replace default dev lo'):
        subprocess.run(['ip', '-6', *command.split()], check=True)


def seed_to_us(lab, ip):
    made, source, target = prepare(lab)
    if ip:
        add_global_address()
    seed = UtpTransmission(lab, [made], source, is_seed=True)
    seed.wait_ready()
    ours = Freshet(lab, [made], target, ip=ip, trackers=False,
                   extra=['--transport', 'utp', '--json', '--sockets', '--download-limit', RATE, '--peer',
                          join_address(ip or seed.ip, seed.port)])
    finish_over_utp(seed, ours, ours, seed)


def download_from_us(lab):
    """It dials ours, of whom it hears by a tracker."""
    plain = torrents.Torrent(lab.path('plain.torrent'), torrents.single())
    tracker = Opentracker(lab, [plain.hash])
    made, source, target = prepare(lab, [tracker.urls['http']])
    ours = Freshet(lab, [made], source, is_seed=True,
                   extra=['--transport', 'utp', '--json', '--sockets', '--upload-limit', RATE])
    # Whoever tries whether it listens would do so over TCP.
    ours.process.wait_for('seeding', 30)
    tracker.wait_peers([made], 1, 30, ours.process)
    theirs = UtpTransmission(lab, [made], target)
    finish_over_utp(ours, theirs, ours, theirs)


def list_tests():
    def test(transport, is_seed_ours, we_dial, ip):
        name = f'ours {"seeds" if is_seed_ours else "downloads"}, {"ours" if we_dial else "libtorrent"} dials'
        return (f'{name}, {transport}, {"IPv6" if ip else "IPv4"}',
                lambda lab: meet(lab, transport, is_seed_ours, we_dial, ip))

    return [
        *(test(transport, is_seed_ours, we_dial, ip)
          for transport, ip in (('utp', None), ('both', None), ('utp', '::1'))
          for is_seed_ours in (True, False) for we_dial in (True, False)),
        ('Transmission seeds, ours dials, IPv4', lambda lab: seed_to_us(lab, None)),
        ('Transmission seeds, ours dials, IPv6', lambda lab: seed_to_us(lab, GLOBAL)),
        ('Transmission downloads and dials, IPv4', download_from_us),
    ]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
