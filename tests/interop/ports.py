#!/usr/bin/python3
"""Ports that routers open for us: miniupnpd, in a namespace of its own behind a wire, by PCP and by UPnP; and a
provider of a VPN that gives ports of its own choice, at the other end of a tunnel.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import fcntl
import http.server
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

import harness
from harness import Failure, IN_NAMESPACE, Process, Skipped, can_connect, check, free_port, wait_until
from torrents import Content, Torrent

TIMEOUT_S = 40
HERE = '192.168.77.2'
ROUTER = '192.168.77.1'
HERE6 = '2001:db8:77::2'
ROUTER6 = '2001:db8:77::1'
# Any that is no private one: nothing gets out of the namespace.
OUTSIDE = '8.8.77.1'
TUNNEL = '10.2.0.2'
PROVIDER = '10.2.0.1'
PROVIDER_PORT = 20123   # none that a socket is given when it asks for any
MINIUPNPD = '/usr/sbin/miniupnpd'
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000

# What miniupnpd expects of nftables, and what it is to do.
ROUTER_SCRIPT = f'''
while ! ip link show far >/dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip addr add {ROUTER}/24 dev far
ip addr add {ROUTER6}/64 dev far nodad
ip link set far up
ip link add outside type veth peer name nowhere
ip addr add {OUTSIDE}/24 dev outside
ip link set outside up
ip link set nowhere up
nft add table inet filter || exit 77
nft 'add chain inet filter forward {{ type filter hook forward priority 0; }}'
nft 'add chain inet filter prerouting {{ type nat hook prerouting priority -100; }}'
nft 'add chain inet filter postrouting {{ type nat hook postrouting priority 100; }}'
for chain in miniupnpd prerouting_miniupnpd postrouting_miniupnpd; do nft add chain inet filter $chain; done
# It answers PCP over IPv6 even when it is told not to.
nft 'add chain inet filter input {{ type filter hook input priority 0; }}'
if grep -q natpmp=no miniupnpd.conf; then nft add rule inet filter input udp dport 5351 drop; fi
exec {MINIUPNPD} -d -f miniupnpd.conf -P miniupnpd.pid
'''


class Tracker:
    """Remembers which ports it was told, in order."""

    def __init__(self):
        self.ports = []
        ports = self.ports

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query, encoding='latin-1')
                ports.append(int(query['port'][0]))
                body = b'd8:intervali1800e5:peers0:e'
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}/announce'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Seed:
    """freshet-cli that listens everywhere, and asks routers."""

    def __init__(self, lab, port, *more):
        content = Content('mapped', {'one.bin': random.Random(5).randbytes(100000)})
        self.tracker = Tracker()
        self.port = port
        torrent = Torrent(lab.path('mapped.torrent'), content, [self.tracker.url])
        folder = lab.make_folder('mapped')
        content.write(folder)
        self.process = Process(lab, 'freshet-cli', [
            lab.options.freshet_cli, 'seed', torrent.path, '--directory', folder, '--port', port, '--no-dht',
            '--no-pex', '--no-local', *more])

    def wait_told(self, port):
        wait_until(f'the tracker is told port {port}', lambda: port in self.tracker.ports[-1:], TIMEOUT_S, self.process)

    def stop(self):
        began = time.monotonic()
        self.process.stop()
        check(time.monotonic() - began < 6, 'freshet-cli took long to end')
        self.tracker.close()


def run_ip(*commands):
    for command in commands:
        subprocess.run(['ip'] + command.split(), check=True)


def need_root():
    if os.getuid() != 0 or os.environ.get(IN_NAMESPACE) != 'ready':
        raise Skipped('only root makes routers and tunnels')


def remove_link(name):
    subprocess.run(['ip', 'link', 'del', name], capture_output=True, check=False)


# ---- miniupnpd -------------------------------------------------------------------------------------------------

def start_router(lab, natpmp):
    """Its process, once it serves."""
    need_root()
    if not os.path.exists(MINIUPNPD) or not shutil.which('nft'):
        raise Skipped('miniupnpd-nftables is not installed')
    router = Process(lab, 'miniupnpd', ['unshare', '-n', 'sh', '-c', 'read go; ' + ROUTER_SCRIPT],
                     stdin=subprocess.PIPE)
    with open(os.path.join(router.folder, 'miniupnpd.conf'), 'w', encoding='ascii') as out:
        out.write(f'ext_ifname=outside\nlistening_ip=far\nport=0\nenable_natpmp={natpmp}\nenable_upnp=yes\n'
                  'secure_mode=yes\nuuid=00000000-0000-0000-0000-000000000001\n'
                  'allow 1024-65535 0.0.0.0/0 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n')
    own = os.readlink('/proc/self/ns/net')
    wait_until('the router has a namespace', lambda: os.readlink(f'/proc/{router.pid}/ns/net') != own, 5, router)
    run_ip('link add near type veth peer name far', f'link set far netns {router.pid}', f'addr add {HERE}/24 dev near',
           'link set near up', f'route add default via {ROUTER}')
    router.popen.stdin.write(b'go\n')
    router.popen.stdin.flush()
    try:
        router.wait_for('HTTP listening on port', 10)
    except Failure:
        if not router.is_alive() and router.popen.returncode == 77:
            raise Skipped('no nftables in this kernel') from None
        raise
    return router


def test_router(lab, natpmp, added, removed):
    router = start_router(lab, natpmp)
    try:
        seed = Seed(lab, free_port('127.0.0.1'))
        for protocol in ('TCP', 'UDP'):
            try:
                router.wait_for(added.format(port=seed.port, protocol=protocol), TIMEOUT_S)
            except Failure as failure:
                raise Failure(f'{failure}\n{seed.process.tail()}') from None
        seed.wait_told(seed.port)
        check(not removed_yet(router, removed, seed.port), 'the mapping was taken back too soon')
        seed.stop()
        for protocol in ('TCP', 'UDP'):
            router.wait_for(removed.format(port=seed.port, protocol=protocol), 10)
    finally:
        remove_link('near')


def removed_yet(router, removed, port):
    return any(removed.format(port=port, protocol=protocol) in router.output() for protocol in ('TCP', 'UDP'))


def test_pcp(lab):
    test_router(lab, 'yes', 'PCP MAP: added mapping {protocol} {port}->' + HERE + ':{port}',
                'PCP: {protocol} port {port} mapping removed')


def test_upnp(lab):
    test_router(lab, 'no', 'redirecting port {port} to ' + HERE + ':{port} protocol {protocol}',
                'removing redirect rule port {port} {protocol}')


def test_pinholes(lab):
    """Nothing is translated in IPv6, but the router's firewall opens."""
    router = start_router(lab, 'no')
    try:
        run_ip(f'addr add {HERE6}/64 dev near nodad', f'-6 route add default via {ROUTER6}')
        seed = Seed(lab, free_port('127.0.0.1'))
        for protocol in (6, 17):
            router.wait_for(re.escape(f'from []:0 to [{HERE6}]:{seed.port} with proto {protocol} during'), TIMEOUT_S)
        removed = 'pinhole with ID {} successfully removed'
        check(removed.format(1) not in router.output(), 'a pinhole was taken back too soon')
        seed.stop()
        for number in (1, 2):
            router.wait_for(removed.format(number), 10)
    finally:
        remove_link('near')


# ---- A tunnel --------------------------------------------------------------------------------------------------

def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Provider:
    """The other end of a tunnel: NAT-PMP alone, with ports of its own choice."""

    def __init__(self):
        self.file = os.open('/dev/net/tun', os.O_RDWR)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack('16sH22x', b'vpn', IFF_TUN | IFF_NO_PI))
        self.mapped = {}
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                packet = os.read(self.file, 2048)
            except OSError:
                return
            if len(packet) > 28 and packet[0] == 0x45 and packet[9] == 17 and packet[22:24] == struct.pack('!H', 5351):
                self.take(packet)

    def take(self, packet):
        answer = self.answer(packet[28:])
        if not answer:
            return
        udp = packet[22:24] + packet[20:22] + struct.pack('!HH', 8 + len(answer), 0) + answer
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
        head = bytearray(head + packet[16:20] + packet[12:16])
        head[10:12] = struct.pack('!H', checksum(bytes(head)))
        os.write(self.file, bytes(head) + udp)

    def answer(self, request):
        epoch = int(time.monotonic())
        if request[0] != 0:
            return struct.pack('!BBHI', 0, 0x81, 1, epoch)
        if request[1] == 0:
            return struct.pack('!BBHI4B', 0, 0x80, 0, epoch, *map(int, OUTSIDE.split('.')))
        internal, _, lifetime = struct.unpack('!HHI', request[4:12])
        self.mapped[request[1]] = lifetime
        return struct.pack('!BBHIHHI', 0, 0x80 | request[1], 0, epoch, internal, PROVIDER_PORT if lifetime else 0,
                           min(lifetime, 60))

    def close(self):
        remove_link('vpn')
        os.close(self.file)


def test_tunnel(lab):
    """Comes up while we run: the network has changed, and trackers are told the port that the provider chose."""
    need_root()
    if not os.path.exists('/dev/net/tun'):
        raise Skipped('no tunnels in this kernel')
    seed = Seed(lab, free_port('127.0.0.1'))
    seed.wait_told(seed.port)
    provider = Provider()
    try:
        run_ip(f'addr add {TUNNEL}/32 dev vpn', 'link set vpn up', 'route add default dev vpn')
        seed.wait_told(PROVIDER_PORT)
        check(sorted(provider.mapped) == [1, 2] and all(provider.mapped.values()), f'mapped: {provider.mapped}')
        seed.stop()
        check(not any(provider.mapped.values()), f'not taken back: {provider.mapped}')
    finally:
        provider.close()


# ---- An address that goes and comes back ------------------------------------------------------------------------

def test_address(lab):
    """What listens at one address alone does so again when it is back, of either family."""
    need_root()
    run_ip('link add near type veth peer name far', 'link set near up', 'link set far up')
    try:
        for ip, length in ((HERE, 24), ('fd77::2', 64)):
            run_ip(f'addr add {ip}/{length} dev near' + (' nodad' if ':' in ip else ''))
            seed = Seed(lab, free_port('127.0.0.1'), '--bind', ip, '--no-trackers')
            wait_until(f'it listens at {ip}', lambda: can_connect(ip, seed.port), TIMEOUT_S, seed.process)
            run_ip(f'addr del {ip}/{length} dev near')
            check(not can_connect(ip, seed.port), 'the address is still there')
            run_ip(f'addr add {ip}/{length} dev near' + (' nodad' if ':' in ip else ''))
            wait_until(f'it listens at {ip} again', lambda: can_connect(ip, seed.port), TIMEOUT_S, seed.process)
            seed.stop()
    finally:
        remove_link('near')


def main():
    options = harness.parse_options(__doc__)
    return harness.run_tests(options, [('miniupnpd, PCP', test_pcp), ('miniupnpd, UPnP', test_upnp),
                                       ('miniupnpd, pinholes of IPv6', test_pinholes),
                                       ('a port of a VPN', test_tunnel),
                                       ('an address that goes and comes back', test_address)])


if __name__ == '__main__':
    harness.enter_namespace()
    sys.exit(main())
