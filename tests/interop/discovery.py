#!/usr/bin/python3
"""Peers found without trackers, with libtorrent: by the DHT, by peer exchange, on the local network; both ways.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import subprocess
import sys

import harness
from clients import Freshet, Libtorrent
from harness import Failure, IN_NAMESPACE, Process, Skipped, check, free_port, read_json_lines, wait_until
from torrents import Content, Torrent

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 60
N_NODES = 4


class Link:
    """In the place of a Torrent: what a client is told is the link, and nothing of where it is."""

    def __init__(self, torrent):
        self.path = f'magnet:?xt=urn:btih:{torrent.hash.hex()}'
        self.content = torrent.content
        self.hash = torrent.hash


def make_torrent(lab, is_private=False):
    source = random.Random(11)
    content = Content('found', {f'{i}.bin': source.randbytes(200000) for i in range(5)})
    torrent = Torrent(lab.path('found.torrent'), content, is_private=is_private)
    folder = lab.make_folder('source')
    content.write(folder)
    return torrent, folder


class Node:
    """A libtorrent that is nothing but a node of the DHT."""

    def __init__(self, lab, *bootstrap):
        self.ip = lab.address()
        self.port = free_port(self.ip)
        self.address = f'{self.ip}:{self.port}'
        words = [word for address in bootstrap for word in ('--bootstrap', address)]
        self.process = Process(lab, 'node', [harness.PYTHON, '-W', 'ignore', os.path.join(HERE, 'lt-client.py'),
                                             '--directory', lab.make_folder('node'), '--listen', self.address, '--dht',
                                             *words], stdin=subprocess.PIPE)
        self.process.wait_for('listening', 20)

    def last(self, key):
        told = [line[key] for line in read_json_lines(self.process.output()) if key in line]
        return told[-1] if told else 0


def make_network(lab):
    """Nodes that know each other. (transfer full)"""
    nodes = [Node(lab)]
    for _ in range(N_NODES - 1):
        nodes.append(Node(lab, nodes[0].address))
    wait_until('the nodes know each other', lambda: all(node.last('dht_nodes') > 0 for node in nodes), TIMEOUT_S,
               *(node.process for node in nodes))
    return nodes


def with_nodes(client, nodes):
    """What is said to a client so that it finds by the DHT and nothing else."""
    if client is Freshet:
        return {'discovery': ['--no-pex', '--no-local', *sum((['--dht-node', node.address] for node in nodes), [])]}
    return {'discovery': ['--dht', *sum((['--bootstrap', node.address] for node in nodes), [])]}


def wait_complete(client, *others):
    try:
        client.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure('\n'.join([str(failure), *(other.process.tail() for other in others)])) from None
    check(client.compare() == [], '\n'.join(client.compare()))


def wait_announced(nodes):
    wait_until('a node stores a peer', lambda: any(node.last('dht_peers') > 0 for node in nodes), TIMEOUT_S,
               *(node.process for node in nodes))


def find_by_dht(lab, seeding, finding, by_link):
    torrent, source = make_torrent(lab)
    nodes = make_network(lab)
    seed = seeding(lab, [torrent], source, is_seed=True, trackers=False, **with_nodes(seeding, nodes[:1]))
    seed.wait_ready()
    wait_announced(nodes)
    target = finding(lab, [Link(torrent) if by_link else torrent], lab.make_folder('target'), trackers=False,
                     **with_nodes(finding, nodes[1:2]))
    wait_complete(target, seed)


def keep_private(lab):
    """Between the two nothing is private but the flag in the torrent."""
    torrent, source = make_torrent(lab, is_private=True)
    nodes = make_network(lab)
    seed = Freshet(lab, [torrent], source, is_seed=True, trackers=False, **with_nodes(Freshet, nodes[:1]))
    seed.wait_ready()
    public, other = Torrent(lab.path('public.torrent'), Content('other', {'a.bin': b'a' * 50000})), lab.make_folder('b')
    public.content.write(other)
    witness = Freshet(lab, [public], other, is_seed=True, trackers=False, **with_nodes(Freshet, nodes[:1]))
    witness.wait_ready()
    # Who came later has been announced: so would the other have been.
    wait_announced(nodes)
    check(max(node.last('dht_torrents') for node in nodes) == 1, 'the private torrent is known to the DHT')


def exchange(lab, middle, finding):
    """The one in the middle knows a seed; who knows only the one in the middle must meet the seed."""
    torrent, source = make_torrent(lab)
    theirs = {}
    ours = {'discovery': ['--no-dht', '--no-local']}

    def made(kind, folder, **more):
        return kind(lab, [torrent], folder, trackers=False, **(ours if kind is Freshet else theirs), **more)

    seed = made(Libtorrent, source, is_seed=True)
    seed.wait_ready()
    # Slow, so that it is not done before its minute is over.
    limit = ['--upload-limit', '5K', '--download-limit', '8K'] if middle is Freshet else ['--rate', '8000']
    between = made(middle, lab.make_folder('middle'), extra=[*limit, *dial(middle, seed)])
    between.wait_ready()
    target = made(finding, lab.make_folder('target'), extra=dial(finding, between))
    wait_complete(target, between, seed)


def dial(kind, other):
    return ['--peer' if kind is Freshet else '--connect', f'{other.ip}:{other.port}']


def find_locally(lab, seeding, finding):
    if os.environ.get(IN_NAMESPACE) != 'ready':
        raise Skipped('multicast would leave this machine')
    addresses = [lab.address(), lab.address()]
    harness.route_multicast(addresses)
    torrent, source = make_torrent(lab)
    words = {Freshet: {'discovery': ['--no-dht', '--no-pex']}, Libtorrent: {'discovery': ['--lsd']}}
    seed = seeding(lab, [torrent], source, ip=addresses[0], is_seed=True, trackers=False, **words[seeding])
    seed.wait_ready()
    target = finding(lab, [Link(torrent)], lab.make_folder('target'), ip=addresses[1], trackers=False, **words[finding])
    wait_complete(target, seed)


def list_tests():
    both = ((Libtorrent, Freshet), (Freshet, Libtorrent), (Freshet, Freshet))
    tests = [(f'{finding.name} finds by DHT and {"link" if by_link else "torrent"} what {seeding.name} has',
              lambda lab, how=(seeding, finding, by_link): find_by_dht(lab, *how))
             for seeding, finding in both for by_link in (True, False)]
    tests.append(('freshet-cli does not tell the DHT of private torrents', keep_private))
    tests += [(f'{finding.name} finds by peer exchange with {middle.name} in the middle',
               lambda lab, middle=middle, finding=finding: exchange(lab, middle, finding))
              for middle, finding in ((Libtorrent, Freshet), (Freshet, Libtorrent))]
    tests += [(f'{finding.name} finds on the local network what {seeding.name} has',
               lambda lab, seeding=seeding, finding=finding: find_locally(lab, seeding, finding))
              for seeding, finding in both]
    return tests


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
