#!/usr/bin/python3
"""Meets real clients encrypted (MSE) or not, as either side dials and as both wish, and compares every byte.

libtorrent tells how each connection turned out. The others are told to refuse whoever does without.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import sys

import harness
import torrents
from clients import Aria2, Freshet, Libtorrent, Transmission
from harness import Opentracker, check, join_address, read_json_lines, wait_until

TIMEOUT_S = 60
# So slow that a connection lasts until it has been looked at.
RATE = '2M'

# What ours wishes | what libtorrent does | how they meet.
WISHES = [
    ('prefer', 'rc4', 'rc4'),
    ('prefer', 'handshake', 'handshake'),
    ('prefer', 'prefer', 'rc4'),
    ('prefer', 'off', 'plain'),
    ('require', 'rc4', 'rc4'),
    ('require', 'prefer', 'rc4'),
    ('off', 'prefer', 'plain'),
]
# Of these over IPv6, too.
WISHES_IPV6 = [wish for wish in WISHES if wish[:2] in (('prefer', 'off'), ('require', 'rc4'))]


class RequiringTransmission(Transmission):
    def settings(self):
        return dict(super().settings(), encryption=2)


def prepare(lab, trackers=()):
    made = torrents.Torrent(lab.path('one.torrent'), torrents.single(), trackers)
    source = lab.make_folder('source')
    made.content.write(source)
    return made, source, lab.make_folder('target')


def finish(seed, downloader):
    downloader.wait_complete(TIMEOUT_S)
    downloader.stop()
    check(downloader.compare() == [], '\n'.join(downloader.compare()))
    seed.stop()


def meet_libtorrent(lab, wish, we_dial, ip):
    """Whoever dials downloads; nobody else knows an address."""
    ours_wishes, theirs_does, expected = wish
    made, source, target = prepare(lab)
    our_words = ['--encryption', ours_wishes, '--upload-limit', RATE, '--download-limit', RATE]
    their_words = ['--encryption', theirs_does, '--tell-peers']
    common = {'trackers': False, 'ip': ip}
    if we_dial:
        seed = libtorrent = Libtorrent(lab, [made], source, is_seed=True, extra=their_words, **common)
        seed.wait_ready()
        downloader = Freshet(lab, [made], target,
                             extra=[*our_words, '--peer', join_address(seed.ip, seed.port)], **common)
    else:
        seed = Freshet(lab, [made], source, is_seed=True, extra=our_words, **common)
        seed.wait_ready()
        downloader = libtorrent = Libtorrent(
            lab, [made], target, extra=[*their_words, '--connect', join_address(seed.ip, seed.port)], **common)

    def find_peers():
        return [line for line in read_json_lines(libtorrent.process.output()) if line.get('event') == 'peer']

    peer = wait_until('they meet', find_peers, TIMEOUT_S, libtorrent.process)[-1]
    check(peer['is_outgoing'] == (not we_dial), f'who dialled whom? {peer}')
    check((peer['is_rc4'], peer['is_handshake']) == (expected == 'rc4', expected == 'handshake'),
          f'{expected} was expected: {peer}')
    finish(seed, downloader)


def seed_to_us(lab, client, wish, extra):
    """Theirs insists on encryption, and ours dials."""
    made, source, target = prepare(lab)
    seed = client(lab, [made], source, is_seed=True, extra=extra)
    seed.wait_ready()
    downloader = Freshet(lab, [made], target, trackers=False,
                         extra=['--encryption', wish, '--peer', join_address(seed.ip, seed.port)])
    finish(seed, downloader)


def download_from_us(lab, client, wish, extra):
    """Theirs insists on encryption, and dials ours, of whom it hears by a tracker."""
    plain = torrents.Torrent(lab.path('plain.torrent'), torrents.single())
    tracker = Opentracker(lab, [plain.hash])
    made, source, target = prepare(lab, [tracker.urls['http']])
    seed = Freshet(lab, [made], source, is_seed=True, extra=['--encryption', wish])
    seed.wait_ready()
    tracker.wait_peers([made], 1, 30, seed.process)
    finish(seed, client(lab, [made], target, extra=extra))


def list_tests():
    def with_libtorrent(wish, we_dial, ip, family):
        name = f'ours: {wish[0]}, libtorrent: {wish[1]}, {"ours" if we_dial else "it"} dials, {family}'
        return name, lambda lab: meet_libtorrent(lab, wish, we_dial, ip)

    def with_other(move, client, wish, extra=()):
        how = 'seeds to' if move is seed_to_us else 'downloads from'
        return f'{client.name} that requires it {how} ours: {wish}', lambda lab: move(lab, client, wish, extra)

    aria2 = ['--bt-require-crypto=true', '--bt-min-crypto-level=arc4', '--bt-force-encryption=true']
    return [
        *(with_libtorrent(wish, we_dial, None, 'IPv4') for wish in WISHES for we_dial in (True, False)),
        *(with_libtorrent(wish, we_dial, '::1', 'IPv6') for wish in WISHES_IPV6 for we_dial in (True, False)),
        *(with_other(move, RequiringTransmission, 'require') for move in (seed_to_us, download_from_us)),
        *(with_other(move, Aria2, 'prefer', aria2) for move in (seed_to_us, download_from_us)),
    ]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
