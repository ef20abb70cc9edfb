#!/usr/bin/python3
"""uTP (BEP 29) between two namespaces, over a wire that is slow, loses packets, has a queue, or is pulled.

Who seeds is in another namespace, who downloads is here. What counts is what the wire has carried, not for how long.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import sys

import harness
from clients import Freshet, Libtorrent
from harness import Failure, PYTHON, Process, check, join_address, read_json_lines, wait_until
from links import SlowLink, World, need_namespaces
from torrents import Content, Torrent

TIMEOUT_S = 90
SEED, TAKER, OTHER, SOURCE = 6001, 6002, 6003, 6004
MB = 1000 * 1000
N_BYTES = 3 * MB // 2
# A long way, on which a packet in a hundred is lost, and others come twice or behind later ones.
LOSSY = {'delay': 30, 'jitter': 5, 'loss': 1, 'twice': 1, 'late': 2, 'rate': 50 * MB}
FAIR = {'delay': 10}
# As that of somebody at home, with more of a queue (0.24 s) than uTP wants to fill (0.1 s).
BOTTLENECK = {'delay': 10, 'rate': 10 * MB, 'queue': 300000}
UTP = {Freshet: ['--transport', 'utp'], Libtorrent: ['--utp']}
DIAL = {Freshet: '--peer', Libtorrent: '--connect'}

# Sends for as long as somebody takes it. No kernel is without Reno; both fill a queue, which BBR does not.
SOURCE_SCRIPT = '''
import contextlib, socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
server.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')
with contextlib.suppress(OSError):
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'cubic')
print('ready', flush=True)
taker, _ = server.accept()
with contextlib.suppress(OSError):
    while True:
        taker.sendall(bytes(65536))
'''
SINK_SCRIPT = '''
import socket, sys
source = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while source.recv(1 << 20):
    pass
'''


class Place:
    """The world, the wire to it, and a torrent of which somebody there has everything."""

    def __init__(self, lab, world, near, far, n_bytes, family, is_outside):
        self.lab, self.world, self.n_bytes = lab, world, n_bytes
        self.link = SlowLink(lab, world, near, far, is_outside)
        self.near_ip = self.link.near_ip4 if family == 4 else self.link.near_ip6
        self.far_ip = self.link.far_ip4 if family == 4 else self.link.far_ip6
        self.content = Content('data.bin', {'': random.Random(29).randbytes(n_bytes)})
        self.torrent = Torrent(lab.path('data.torrent'), self.content, piece_bytes=256 * 1024)
        self.source = self.content.write(lab.make_folder('source'))

    def seed(self, kind=Freshet, words=None):
        seed = kind(self.lab, [self.torrent], self.source, is_seed=True, ip=self.far_ip, port=SEED, trackers=False,
                    wrap=self.world.command(), extra=UTP[kind] if words is None else words)
        seed.wait_ready()
        return seed

    def take(self, kind=Freshet, words=None, port=TAKER):
        said = [*(UTP[kind] if words is None else words), *(['--json'] if kind is Freshet else [])]
        return kind(self.lab, [self.torrent], self.lab.make_folder('target'), ip=self.near_ip, port=port,
                    trackers=False, extra=[*said, DIAL[kind], join_address(self.far_ip, SEED)])

    def arrived(self):
        """Bytes of packets from there that have come here: over TCP, over UDP."""
        count = self.link.count()[1]
        return count['tcp'], count['udp']

    def wait_arrived(self, n_bytes, of_tcp, of_udp, *processes):
        """Until so many bytes more have come over TCP, UDP or both. Says how many over either."""
        before = self.arrived()

        def more():
            return [now - then for now, then in zip(self.arrived(), before)]

        wait_until(f'{n_bytes} bytes more', lambda: more()[0] * of_tcp + more()[1] * of_udp >= n_bytes, TIMEOUT_S,
                   self.link.process, *processes, poll=0.2)
        return more()

    def finish(self, seed, taker):
        """All is there and right, and has come over uTP."""
        try:
            taker.wait_complete(TIMEOUT_S)
        except Failure as failure:
            raise Failure(f'{failure}\n{seed.process.tail()}\n{self.link.count()}') from None
        taker.stop()
        seed.stop()
        check(taker.compare() == [], '\n'.join(taker.compare()))
        tcp, udp = self.arrived()
        check(udp > self.n_bytes and tcp < self.n_bytes / 100, f'that was not over uTP: {self.link.count()}')


def progress(taker):
    return [line for line in read_json_lines(taker.process.output()) if line.get('event') == 'progress']


# ---- A bad way -------------------------------------------------------------------------------------------------

def lossy(place, seeding=Freshet, taking=Freshet, words=()):
    seed = place.seed(seeding, [*UTP[seeding], *words])
    place.finish(seed, place.take(taking, [*UTP[taking], *words]))
    for end in place.link.count():
        check(min(end['lost'], end['twice'], end['late']) > 0, f'the way was too good: {end}')


def black_hole(place):
    """Nobody says that a packet was too large: it is not sent as large for long."""
    place.finish(place.seed(), place.take())
    count = place.link.count()[1]
    check(0 < count['large'] < 30, f'how often was the path probed? {count}')
    check(count['fragmented'] < 30, f'the rest is not sent as it fits: {count}')


def pulled(place):
    """What was on the way is lost, and it goes on from where it was."""
    seed, taker = place.seed(), place.take()
    place.wait_arrived(place.n_bytes // 4, 0, 1, taker.process)
    place.link.cut()
    n_before = len(progress(taker))
    # It tells once a second.
    wait_until('it has been without the wire for long', lambda: len(progress(taker)) >= n_before + 10, TIMEOUT_S,
               taker.process, poll=0.2)
    last = progress(taker)[-1]
    check(last['done'] < place.n_bytes, 'it was complete before the wire was pulled')
    check(last['down'] == 0, f'something came through a wire that was pulled: {last}')
    check(last['peers'] == 1, f'they have given each other up: {last}')
    place.link.mend()
    place.finish(seed, taker)
    dones = [line['done'] for line in progress(taker)]
    check(dones == sorted(dones), f'it had less than before: {dones}')


# ---- Company ---------------------------------------------------------------------------------------------------

def yields(place):
    """A transfer over TCP gets nearly all of the line, and uTP has it again afterwards."""
    place.seed()
    taker = place.take()
    place.wait_arrived(2 * MB, 0, 1, taker.process)
    source = Process(place.lab, 'source', place.world.command(PYTHON, '-c', SOURCE_SCRIPT, place.far_ip, str(SOURCE)))
    source.wait_for('ready', 10)
    sink = Process(place.lab, 'sink', [PYTHON, '-c', SINK_SCRIPT, place.far_ip, str(SOURCE)])
    place.wait_arrived(4 * MB, 1, 0, sink, taker.process)
    tcp, udp = place.wait_arrived(5 * MB, 1, 1, sink, taker.process)
    check(tcp >= 3 * udp, f'it does not yield: {udp} bytes over uTP, {tcp} over TCP, {place.link.count()}')
    check(udp > 0, 'it starves')
    sink.stop()
    place.wait_arrived(3 * MB, 0, 1, taker.process)


def share(place):
    """Where a limit of our own is narrower than the line, TCP and uTP have as much of it."""
    place.seed(words=['--transport', 'both', '--upload-limit', '1M'])
    takers = [place.take(words=['--transport', transport], port=port)
              for transport, port in (('tcp', TAKER), ('utp', OTHER))]
    processes = [taker.process for taker in takers]
    place.wait_arrived(1 * MB, 1, 0, *processes)
    place.wait_arrived(1 * MB, 0, 1, *processes)
    tcp, udp = place.wait_arrived(4 * MB, 1, 1, *processes)
    check(min(tcp, udp) >= (tcp + udp) / 3, f'{udp} bytes over uTP, {tcp} over TCP')


def fair(place):
    """Where our own TCP would fill the line, it leaves half of it to the one peer that has uTP."""
    place.world.run('route', 'change', '203.0.113.0/24', 'dev', place.link.name, 'congctl', 'cubic')
    place.seed(words=['--transport', 'both'])
    takers = [place.take(words=['--transport', transport], port=port)
              for transport, port in (('tcp', TAKER), ('utp', OTHER))]
    processes = [taker.process for taker in takers]
    place.wait_arrived(30 * MB, 1, 1, *processes)
    tcp, udp = place.wait_arrived(8 * MB, 1, 1, *processes)
    check(min(tcp, udp) >= (tcp + udp) / 3, f'{udp} bytes over uTP, {tcp} over TCP')


def list_tests():
    def test(name, function, near=None, far=None, n_bytes=N_BYTES, family=4, is_outside=False, **more):
        def run(lab):
            need_namespaces()
            with World() as world:
                function(Place(lab, world, near or FAIR, far or FAIR, n_bytes, family, is_outside), **more)
        return f'{name}, IPv{family}', run

    def test_lossy(name, **more):
        return test(f'lossy, {name}', lossy, near=LOSSY, far=LOSSY, **more)

    def test_hole(largest, family=4):
        narrow = dict(FAIR, largest=largest)
        return test(f'hole above {largest} bytes', black_hole, near=narrow, far=narrow, family=family)

    return [
        test_lossy('ours'),
        test_lossy('ours, encrypted', words=['--encryption', 'require'], family=6),
        *(test_lossy(f'{seeding.name} to {taking.name}', seeding=seeding, taking=taking, family=family)
          for seeding, taking in ((Freshet, Libtorrent), (Libtorrent, Freshet)) for family in (4, 6)),
        test_hole(1280),
        test_hole(1400),
        test_hole(1400, family=6),
        test('pulled', pulled, far=BOTTLENECK, n_bytes=5 * MB),
        test('yields', yields, far=BOTTLENECK, n_bytes=80 * MB),
        test('share', share, n_bytes=40 * MB),
        test('fair', fair, far=BOTTLENECK, n_bytes=60 * MB, is_outside=True),
    ]


def main():
    def add_more(parser):
        parser.add_argument('--slow-link', type=os.path.abspath, required=True, help='the program that is the wire')

    options = harness.parse_options(__doc__, add_more)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
