#!/usr/bin/python3
"""Two peers behind a NAT each, that nobody can dial, meet through a third that both know (BEP 55).

    A (192.168.1.2) - NAT (10.77.1.2) - relay (10.77.1.1, 10.77.2.1) - NAT (10.77.2.2) - B (192.168.2.2)

The relay has nothing to give, so what B gets has come through the hole. All in namespaces that go with this program.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import subprocess
import sys

import harness
from clients import Freshet, Libtorrent
from harness import Failure, IN_NAMESPACE, Skipped, check
from torrents import Content, Torrent

TIMEOUT_S = 100
RELAY_PORT = 7000
PEER_PORT = 7001

NAT = '''
table ip punch {
  chain after { type nat hook postrouting priority 100; oifname "out" masquerade; }
  chain through { type filter hook forward priority 0; policy accept;
    iifname "out" ct state established,related accept; iifname "out" drop; }
  chain into { type filter hook input priority 0; policy accept;
    iifname "out" ct state established,related accept; iifname "out" drop; }
}
'''


def run(command, **more):
    """A command whose words are told by blanks; what it says is shown when it fails."""
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise Failure(f'{command}: {done.stderr.strip()}')


def link(left, left_name, left_address, right, right_name, right_address):
    run(f'ip link add {left_name} netns {left} type veth peer name {right_name} netns {right}')
    for space, name, address in ((left, left_name, left_address), (right, right_name, right_address)):
        run(f'ip -n {space} addr add {address} dev {name}')
        run(f'ip -n {space} link set {name} up')


class Net:
    """The five namespaces; a context manager."""
    NAMES = ('a', 'nat-a', 'relay', 'nat-b', 'b')

    def __enter__(self):
        if os.environ.get(IN_NAMESPACE) != 'ready':
            raise Skipped('no network namespaces can be made')
        self.made = []
        try:
            for name in self.NAMES:
                run(f'ip netns add {name}')
                self.made.append(name)
                run(f'ip -n {name} link set lo up')
            self.wire()
        except (Failure, OSError) as failure:
            self.__exit__()
            raise Skipped(str(failure)) from None
        return self

    def wire(self):
        for number, side in ((1, 'a'), (2, 'b')):
            nat = f'nat-{side}'
            link(side, 'in', f'192.168.{number}.2/24', nat, 'in', f'192.168.{number}.1/24')
            link(nat, 'out', f'10.77.{number}.2/24', 'relay', f'to-{side}', f'10.77.{number}.1/24')
            run(f'ip -n {side} route add default via 192.168.{number}.1')
            run(f'ip -n {nat} route add default via 10.77.{number}.1')
            run(f'ip netns exec {nat} sysctl -qw net.ipv4.ip_forward=1')
            run(f'ip netns exec {nat} nft -f -', input=NAT)
        run('ip netns exec relay sysctl -qw net.ipv4.ip_forward=1')

    def __exit__(self, *details):
        for name in self.made:
            subprocess.run(['ip', 'netns', 'del', name], check=False, capture_output=True)

    @staticmethod
    def at(name):
        return ('ip', 'netns', 'exec', name)


def words(kind, dialled, is_slow=False):
    """How each of the two is told what it needs: uTP, peer exchange, nothing else, and whom to dial."""
    if kind is Freshet:
        said = ['--transport', 'utp', *(word for one in dialled for word in ('--peer', f'{one}:{RELAY_PORT}'))]
        return {'discovery': ['--no-dht', '--no-local', '--no-port-mapping'],
                'extra': said + (['--download-limit', '1K'] if is_slow else [])}
    said = ['--utp', *(word for one in dialled for word in ('--connect', f'{one}:{RELAY_PORT}'))]
    if not dialled:
        # Its sockets are of one interface each.
        said += ['--listen', f'10.77.1.1:{RELAY_PORT},10.77.2.1:{RELAY_PORT}']
    return {'extra': said + (['--rate', '1000'] if is_slow else [])}


def punch(lab, relaying, seeding, finding):
    source = random.Random(55)
    content = Content('hole', {f'{i}.bin': source.randbytes(400000) for i in range(3)})
    torrent = Torrent(lab.path('hole.torrent'), content)
    folder = lab.make_folder('source')
    content.write(folder)
    with Net() as net:
        def made(kind, space, folder, ip, port, dialled, is_slow=False, **more):
            return kind(lab, [torrent], folder, ip=ip, port=port, trackers=False, wrap=net.at(space),
                        **words(kind, dialled, is_slow), **more)

        # So slow that it has no piece to give before the end.
        relay = made(relaying, 'relay', lab.make_folder('relay'), '0.0.0.0', RELAY_PORT, [], is_slow=True)
        seed = made(seeding, 'a', folder, '192.168.1.2', PEER_PORT, ['10.77.1.1'], is_seed=True)
        target = made(finding, 'b', lab.make_folder('target'), '192.168.2.2', PEER_PORT, ['10.77.2.1'])
        try:
            target.wait_complete(TIMEOUT_S)
        except Failure as failure:
            raise Failure('\n'.join([str(failure), relay.process.tail(), seed.process.tail()])) from None
        check(target.compare() == [], '\n'.join(target.compare()))
        for client in (target, seed, relay):
            client.stop()


def list_tests():
    how = ((Freshet, Freshet, Freshet), (Freshet, Libtorrent, Freshet), (Freshet, Freshet, Libtorrent),
           (Libtorrent, Freshet, Freshet))
    return [(f'{finding.name} meets {seeding.name} through {relaying.name}, both behind a NAT',
             lambda lab, how=(relaying, seeding, finding): punch(lab, *how)) for relaying, seeding, finding in how]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
