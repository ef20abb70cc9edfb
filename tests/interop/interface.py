#!/usr/bin/python3
"""Everything through one network interface, not one packet elsewhere whatever happens to it; networks of IPv6 alone.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import shutil
import subprocess
import sys

import harness
from harness import Failure, PYTHON, Process, check, join_address, read_json_lines, wait_until
from links import Capture, GROUP4, GROUP6, Link, Tunnel, World, need_namespaces
from torrents import Content, Torrent

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 60
SEED, TRACKER, WEB, OWN, NODE, TLS_TRACKER, TLS_WEB = 6001, 6002, 6003, 6004, 6005, 6006, 6007
N_FLAPS, N_QUICK_FLAPS = 4, 50
# Of what is over the sockets are kept for some seconds.
MORE_FILES, MORE_KIB = 100, 4096
CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
NOBODY = 65534


class Place:
    """A world with a seed, a tracker, a web server and a name server, and links that lead there."""

    def __init__(self, lab, world, n_bytes, has_ipv4=True, has_web=True, has_http=True, has_tls=False):
        self.lab, self.world, self.has_ipv4, self.mounts = lab, world, has_ipv4, []
        self.ip = ip = world.ip4 if has_ipv4 else world.ip6
        source = random.Random(5)
        self.content = Content('data.bin', {'': source.randbytes(n_bytes)})
        self.source = lab.make_folder('source')
        self.content.write(self.source)
        tracker, web = f'{"http" if has_http else "udp"}://tracker.test:{TRACKER}', f'http://web.test:{WEB}'
        if has_tls:
            tracker, web = f'https://tracker.test:{TLS_TRACKER}', f'https://web.test:{TLS_WEB}'
        self.torrent = Torrent(lab.path('data.torrent'), self.content, [f'{tracker}/announce'],
                               **({'url-list': [f'{web}/']} if has_web else {}))
        self.names = self.start('name-server', PYTHON, os.path.join(HERE, 'name-server.py'), '--ip', ip, '--aaaa',
                                world.ip6, *(['--a', world.ip4] if has_ipv4 else []))
        self.names.wait_for('ready', 20)
        self.use_names(ip)
        self.tracker = self.start('tracker', lab.options.freshet_cli, 'tracker', '--port', TRACKER, '--interval', 2)
        self.tracker.wait_for('announce', 20)
        if has_web:
            self.web = self.start('web', PYTHON, os.path.join(HERE, 'range-server.py'), self.source, '--ip', ip,
                                  '--port', WEB)
            self.web.wait_for('port', 20)
        if has_tls:
            self.start_tls()

    def start(self, name, *command):
        return Process(self.lab, name, self.world.command(*(str(word) for word in command)))

    def use_names(self, ip):
        """From now on this is the machine's name server, as far as the test's own view of the files goes."""
        path = self.lab.path('resolv.conf')
        with open(path, 'w', encoding='ascii') as out:
            out.write(f'nameserver {ip}\noptions timeout:1 attempts:1\n')
        self.put_over('/etc/resolv.conf', path)

    def put_over(self, name, path):
        """The same for any file."""
        real = os.path.realpath(name)
        if real not in self.mounts:
            subprocess.run(['mount', '--bind', path, real], check=True)
            self.mounts.append(real)

    def start_tls(self):
        """The tracker and the web server, too, by a certificate that everybody trusts."""
        if not shutil.which('openssl') or not os.path.exists(CERTIFICATES):
            raise harness.Skipped('there is no openssl, or no certificate is trusted')
        certificate, both = harness.make_certificate(self.lab, 'tracker.test', 'web.test')
        for port, to in ((TLS_TRACKER, TRACKER), (TLS_WEB, WEB)):
            front = self.start(f'front-{port}', PYTHON, '-W', 'ignore', os.path.join(HERE, 'tls-front.py'),
                               '--ip', self.ip, '--port', port, '--to', to, '--certificate', both)
            front.wait_for('ready', 20)
        self.put_over(CERTIFICATES, certificate)

    def start_seed(self, *words):
        seed = self.start('seed', self.lab.options.freshet_cli, 'seed', self.torrent.path, '--directory', self.source,
                          '--port', SEED, '--json', *words)
        seed.wait_for('seeding', 30)
        return seed

    def download(self, *words, env=None, how=()):
        return Download(self, self.torrent.path, *words, env=env, how=how)

    def close(self):
        for path in self.mounts:
            subprocess.run(['umount', path], check=False)


class Download(Process):
    def __init__(self, place, what, *words, env=None, how=()):
        self.place = place
        self.target = place.lab.make_folder('target')
        how = [word.replace('TARGET', self.target) for word in how]
        super().__init__(place.lab, 'download', [*how, place.lab.options.freshet_cli, 'download', what, '--directory',
                                                 self.target, '--port', OWN, '--json', *words], separate=True,
                         env=env)

    def last(self, key, missing=0):
        lines = [line for line in read_json_lines(self.output()) if line.get('event') == 'progress']
        return lines[-1].get(key, missing) if lines else missing

    def wait_complete(self):
        status = self.wait_exit(TIMEOUT_S)
        check(status == 0, f'freshet-cli ended with {status}: {self.error_output()}\n{self.tail()}')
        check(self.place.content.compare(self.target) == [], 'the data differs')

    def wait_waiting(self):
        wait_until('it says that it waits', lambda: 'Waiting for the network interface' in self.last('reason', ''),
                   TIMEOUT_S, self)

    def count_files(self):
        """Its open descriptors."""
        return len(os.listdir(f'/proc/{self.pid}/fd'))

    def get_memory(self):
        """What is its own, in KiB."""
        with open(f'/proc/{self.pid}/status', encoding='ascii') as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith('RssAnon:'))

    def wait_more(self):
        """It goes on from where it is."""
        before = self.last('downloaded')
        wait_until('the download goes on', lambda: self.last('downloaded') > before, TIMEOUT_S, self)


def with_links(function, kind=Link, has_ipv4=True):
    """Two links to one world: the tunnel, and the one that everybody takes who does not choose."""
    def run(lab):
        need_namespaces()
        with World(has_ipv4) as world:
            tunnel, other = kind(world, 'tun7', 1, 500, has_ipv4), Link(world, 'eth7', 2, 100, has_ipv4)
            captures = [Capture(tunnel.name), Capture(other.name, has_resets=kind is Tunnel)]
            try:
                function(lab, world, tunnel, other, *captures)
            finally:
                for capture in captures:
                    capture.close()
    return run


def with_tunnel(function):
    """The same, and nobody goes before the other side has heard it: not even the kernel says anything elsewhere."""
    return with_links(function, Tunnel)


def with_ipv6_tunnel(function):
    return with_links(function, Tunnel, has_ipv4=False)


def check_silent(world, tunnel, other, on_tunnel, on_other):
    wait_until('everybody has heard that it has gone', lambda: on_other.kinds or not world.has_connections(tunnel),
               TIMEOUT_S)
    on_other.check_silent(other, on_tunnel)


def with_place(lab, world, n_bytes, function, **more):
    place = Place(lab, world, n_bytes, **more)
    try:
        return function(place)
    finally:
        place.close()


DHT = ['--dht-node', f'node.test:{SEED}']


@with_links
def elsewhere(lab, world, tunnel, other, on_tunnel, on_other):
    """Without the option all goes the other way, so what the next tests look for can be seen."""
    def run(place):
        place.start_seed()
        # The web seed alone might be done before anybody else is met.
        peer = ['--peer', f'{world.ip4}:{SEED}']
        place.download('--download-limit', '300K', *peer, *DHT).wait_complete()
        check(on_other.has('tcp', str(SEED)),
              f'no peer on {other.name}:\n{on_other.text()}')
        check(on_other.has('udp', world.ip4, '53'), f'no name server on {other.name}:\n{on_other.text()}')
        check(on_other.has('udp', GROUP4, '6771'), f'no local discovery on {other.name}:\n{on_other.text()}')
    with_place(lab, world, 1 << 20, run)


def check_sockets(target, tunnel):
    """What the program says of its sockets: of each kind there was one, and all are the tunnel's."""
    sockets = [line for line in read_json_lines(target.output()) if line.get('event') == 'socket']
    wrong = [line for line in sockets if not line['bound'] or line['interface'] != tunnel.name]
    check(not wrong, f'not bound: {wrong}')
    kinds = {line['kind'] for line in sockets}
    check(kinds >= {'listener', 'peer', 'http', 'port', 'local'}, f'only {kinds} are told of')


def check_kinds(tunnel, on_tunnel, kinds):
    for kind, words in kinds.items():
        check(on_tunnel.has(*words), f'{tunnel.name} has nothing of {kind}:\n{on_tunnel.text()}')


@with_tunnel
def nothing_elsewhere(lab, world, tunnel, other, on_tunnel, on_other):
    def run(place):
        place.start_seed()
        target = place.download('--interface', tunnel.name, '--download-limit', '300K', '--sockets', '--peer',
                                f'{world.ip4}:{SEED}', *DHT)
        target.wait_complete()
        check_silent(world, tunnel, other, on_tunnel, on_other)
        check_sockets(target, tunnel)
        check_kinds(tunnel, on_tunnel, {
            'names': ('udp', world.ip4, '53'), 'a tracker by HTTP': ('tcp', world.ip4, str(TRACKER)),
            'a web seed': ('tcp', str(WEB)), 'the DHT': ('udp', str(OWN), str(SEED)),
            'local discovery': ('udp', GROUP4, '6771'), 'that of IPv6': ('udp', GROUP6, '6771'),
            'a peer': ('tcp', str(SEED))})
    with_place(lab, world, 1 << 20, run)


@with_ipv6_tunnel
def nothing_elsewhere_six(lab, world, tunnel, other, on_tunnel, on_other):
    def run(place):
        place.start_seed()
        target = place.download('--interface', tunnel.name, '--download-limit', '300K', '--sockets', '--transport',
                                'tcp', '--peer', join_address(world.ip6, SEED), *DHT)
        target.wait_complete()
        check_silent(world, tunnel, other, on_tunnel, on_other)
        check_sockets(target, tunnel)
        check_kinds(tunnel, on_tunnel, {
            'names': ('udp', world.ip6, '53'), 'a tracker by HTTP': ('tcp', world.ip6, str(TRACKER)),
            'a web seed': ('tcp', world.ip6, str(WEB)), 'the DHT': ('udp', world.ip6, str(OWN), str(SEED)),
            'local discovery': ('udp', GROUP6, '6771'), 'a peer': ('tcp', world.ip6, str(SEED))})
    with_place(lab, world, 1 << 20, run, has_ipv4=False)


@with_tunnel
def by_utp(lab, world, tunnel, other, on_tunnel, on_other):
    """Peers of either family, and nobody by TCP."""
    def run(place):
        only = ['--transport', 'utp', '--no-trackers', '--no-discovery']
        for ip in (world.ip4, world.ip6):
            # It answers from the address that it is asked at.
            seed = place.start_seed(*only, '--bind', ip)
            peer = join_address(ip, SEED)
            place.download('--interface', tunnel.name, *only, '--peer', peer).wait_complete()
            seed.stop()
        check_silent(world, tunnel, other, on_tunnel, on_other)
        check_kinds(tunnel, on_tunnel, {f'uTP to {ip}': ('udp', ip, str(OWN), str(SEED))
                                        for ip in (world.ip4, world.ip6)})
        check(not on_tunnel.has('tcp'), f'there is TCP:\n{on_tunnel.text()}')
    with_place(lab, world, 1 << 20, run, has_web=False)


@with_tunnel
def by_tls(lab, world, tunnel, other, on_tunnel, on_other):
    """A tracker and a web seed, which has all of it."""
    def run(place):
        place.download('--interface', tunnel.name, '--no-discovery').wait_complete()
        check_silent(world, tunnel, other, on_tunnel, on_other)
        check_kinds(tunnel, on_tunnel, {
            'a tracker by HTTPS': ('tcp', world.ip4, str(TLS_TRACKER)),
            'that by IPv6': ('tcp', world.ip6, str(TLS_TRACKER)), 'a web seed by HTTPS': ('tcp', str(TLS_WEB))})
        check(not on_tunnel.has('tcp', str(TRACKER)), f'there is HTTP:\n{on_tunnel.text()}')
    with_place(lab, world, 1 << 20, run, has_tls=True)


# What changes to a user without any right, in a folder that is then theirs.
AS_NOBODY = ['sh', '-c', f'chown {NOBODY} . TARGET && exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups '
             '--inh-caps=-all --bounding-set=-all --no-new-privs "$@"', 'sh']


@with_tunnel
def as_nobody(lab, world, tunnel, other, on_tunnel, on_other):
    """Since Linux 5.7 a socket may be bound by anybody, once."""
    def run(place):
        place.start_seed()
        target = place.download('--interface', tunnel.name, '--download-limit', '300K', '--sockets', '--peer',
                                f'{world.ip4}:{SEED}', *DHT, how=AS_NOBODY)
        wait_until('it is nobody', lambda: os.stat(f'/proc/{target.pid}').st_uid == NOBODY, TIMEOUT_S, target)
        target.wait_complete()
        check_silent(world, tunnel, other, on_tunnel, on_other)
        check_sockets(target, tunnel)
    with_place(lab, world, 1 << 20, run)


def take_away(tunnel, turn):
    """In turn: down, or away altogether."""
    return (tunnel.down, tunnel.up) if turn % 2 == 0 else (tunnel.delete, tunnel.create)


@with_links
def flapping(lab, world, tunnel, other, on_tunnel, on_other):
    def run(place):
        place.start_seed()
        target = place.download('--interface', tunnel.name, '--download-limit', '400K', *DHT)
        for turn in range(N_FLAPS):
            target.wait_more()
            go, come = take_away(tunnel, turn)
            go()
            target.wait_waiting()
            come()
        target.wait_complete()
        check(on_tunnel.has('udp', str(TRACKER)), f'no tracker:\n{on_tunnel.text()}')
        on_other.check_silent(other)
    with_place(lab, world, 4 << 20, run, has_http=False)


@with_links
def flapping_quickly(lab, world, tunnel, other, on_tunnel, on_other):
    """Nothing is left behind, whatever is under way when it goes; then all goes on."""
    def run(place):
        place.start_seed()
        target = place.download('--interface', tunnel.name, '--download-limit', '400K', *DHT)
        target.wait_more()
        n_files, memory = [], []
        for turn in range(N_QUICK_FLAPS):
            go, come = take_away(tunnel, turn)
            go()
            if turn % 5 == 4:
                target.wait_waiting()
            come()
            if turn % 5 == 4:
                target.wait_more()
                n_files.append(target.count_files())
                memory.append(target.get_memory())
        target.wait_complete()
        check(n_files[-1] <= n_files[0] + MORE_FILES, f'open files: {n_files}')
        check(memory[-1] <= memory[0] + MORE_KIB, f'memory: {memory}')
        on_other.check_silent(other)
    with_place(lab, world, 8 << 20, run)


@with_links
def late_route(lab, world, tunnel, other, on_tunnel, on_other):
    """Routes come after addresses, and who could not be reached before is not to blame. (Over IPv4 a socket that is
    bound takes everybody for a neighbour when there is no route.)"""
    def run(place):
        place.start_seed('--no-discovery', '--no-trackers')
        tunnel.down()
        target = place.download('--interface', tunnel.name, '--no-discovery', '--no-trackers', '--peer',
                                join_address(world.ip6, SEED))
        # After as many failures one would wait longer than we do.
        for turn in range(5):
            target.wait_waiting()
            tunnel.up_alone()
            wait_until('nobody can be reached', lambda: 'can be reached' in target.last('reason', ''), TIMEOUT_S,
                       target)
            if turn < 4:
                tunnel.down()
        tunnel.add_routes()
        target.wait_complete()
        on_other.check_silent(other)
    with_place(lab, world, 2 << 20, run, has_web=False)


@with_links
def not_there(lab, world, tunnel, other, on_tunnel, on_other):
    """It waits for what is not there yet, with a torrent whose only peer is told by name and number."""
    def run(place):
        place.start_seed()
        tunnel.delete()
        target = place.download('--interface', tunnel.name, '--peer', f'{world.ip4}:{SEED}', *DHT)
        target.wait_waiting()
        check(target.last('downloaded') == 0, 'something was downloaded')
        tunnel.create()
        target.wait_complete()
        on_other.check_silent(other)
    with_place(lab, world, 1 << 20, run)


class Bus:
    """A system bus of the test's own."""

    def __init__(self, lab):
        if not shutil.which('dbus-daemon'):
            raise harness.Skipped('there is no dbus-daemon')
        self.process = Process(lab, 'bus', ['dbus-daemon', '--session', '--nofork', '--print-address'])
        address = self.process.wait_for(r'(unix:\S+)', 20)[1]
        self.env = {'DBUS_SYSTEM_BUS_ADDRESS': address}

    def start_resolved(self, lab, ip):
        resolved = Process(lab, 'resolved', [PYTHON, '-W', 'ignore', os.path.join(HERE, 'resolved.py'), ip],
                           env=self.env)
        resolved.wait_for('ready', 20)


@with_links
def stub(lab, world, tunnel, other, on_tunnel, on_other):
    """This machine has a name server that would ask by whatever way there is: it is not asked. With systemd-resolved
    the interface's own is; without, that is the reason that is told."""
    def run(place):
        place.start_seed()
        place.use_names('127.0.0.53')
        bus = Bus(lab)
        target = place.download('--interface', tunnel.name, '--no-discovery', env=bus.env)
        wait_until('the reason is told', lambda: 'No name server is known that can be asked through' in
                   target.last('reason', ''), TIMEOUT_S, target)
        check(target.last('downloaded') == 0, 'something was downloaded')
        target.stop()
        bus.start_resolved(lab, world.ip4)
        # The seed cannot find the tracker any more: what it is asked for is the tracker's name.
        place.download('--interface', tunnel.name, '--no-discovery', '--peer', f'{world.ip4}:{SEED}',
                       '--download-limit', '500K', env=bus.env).wait_complete()
        check(on_tunnel.has('tcp', str(TRACKER)), f'the tracker is not found:\n{on_tunnel.text()}')
        on_other.check_silent(other)
    with_place(lab, world, 1 << 20, run, has_web=False)


def ipv6_only(function):
    def run(lab):
        need_namespaces()
        with World(has_ipv4=False) as world:
            link = Link(world, 'six7', 1, 100, has_ipv4=False)
            with_place(lab, world, 1 << 20, lambda place: function(place, link), has_ipv4=False, has_web=False)
    return run


@ipv6_only
def six_by_tracker(place, link):
    place.start_seed('--no-discovery')
    place.download('--no-discovery').wait_complete()


@ipv6_only
def six_by_dht(place, link):
    """The seed is found in the DHT and nowhere else."""
    address = f'[{link.far_ip6}]:{NODE}'
    alone = ['--no-trackers', '--no-local', '--no-pex', '--dht-node', address]
    node = place.start('node', PYTHON, '-W', 'ignore', os.path.join(HERE, 'lt-client.py'), '--directory',
                       place.lab.make_folder('node'), '--listen', address, '--dht')
    node.wait_for('listening', 20)
    place.start_seed(*alone)
    wait_until('the node stores a peer', lambda: any(line.get('dht_peers') for line in read_json_lines(node.output())),
               TIMEOUT_S, node)
    place.download(*alone).wait_complete()


@ipv6_only
def six_by_exchange(place, link):
    """Who is told of somebody who has next to nothing is told by them of the seed."""
    only = ['--no-trackers', '--no-local', '--no-dht']
    place.start_seed(*only)
    middle = place.start('middle', place.lab.options.freshet_cli, 'download', place.torrent.path, '--directory',
                         place.lab.make_folder('middle'), '--port', NODE, '--json', '--download-limit', '1K', *only,
                         '--peer', f'[{link.far_ip6}]:{SEED}')
    middle.wait_for('"peers":1', 20)
    place.download(*only, '--peer', f'[{link.far_ip6}]:{NODE}').wait_complete()


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, [
        ('elsewhere without it', elsewhere), ('nothing elsewhere', nothing_elsewhere),
        ('nothing elsewhere, IPv6 alone', nothing_elsewhere_six), ('nothing elsewhere, uTP', by_utp),
        ('nothing elsewhere, TLS', by_tls), ('nothing elsewhere, as nobody', as_nobody), ('it flaps', flapping),
        ('it flaps quickly', flapping_quickly), ('its route comes late', late_route),
        ('not there at first', not_there), ('a stub', stub), ('IPv6 alone, by tracker', six_by_tracker),
        ('IPv6 alone, by the DHT', six_by_dht), ('IPv6 alone, by peer exchange', six_by_exchange)])


if __name__ == '__main__':
    sys.exit(main())
