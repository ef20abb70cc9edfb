"""Network links for a test, made in namespaces of its own, and what passes on them.

The namespace the test runs in is the machine under test. A World is another one, with everything a client may want to
reach; the two are joined by links, each a pair of ends. Both are gone with the processes in them.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading

from harness import Failure, IN_NAMESPACE, Process, Skipped, read_json_lines, wait_until

GROUP4, GROUP6 = '239.192.152.143', 'ff15::efc0:988f'
NEIGHBOUR_DISCOVERY = range(133, 138)
MLD = (131, 132, 143)
SYN, RST, ACK = 2, 4, 16
UNREACHABLE, UNREACHABLE6 = 3, 1
TUN_FILE = '/dev/net/tun'
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000
# In /proc/net/tcp.
LISTENS, WAITS = '0A', '06'


def ip(*words):
    subprocess.run(['ip', *words], check=True, capture_output=True)


def need_namespaces():
    if os.environ.get(IN_NAMESPACE) != 'ready':
        raise Skipped('no network namespace can be made')
    if subprocess.run(['unshare', '-n', '-m', 'true'], capture_output=True, check=False).returncode != 0:
        raise Skipped('no second network namespace can be made')


def write_sysctl(path, value):
    with open(os.path.join('/proc/sys/net', path), 'w', encoding='ascii') as out:
        out.write(value)


class World:
    """Where all servers are, at addresses of no link, so that any link leads there."""
    ip4, ip6 = '10.9.0.1', '2001:db8:9::1'

    def __init__(self, has_ipv4=True):
        self.process = subprocess.Popen(['unshare', '-n', 'sh', '-c', 'echo ready; exec cat'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.process.stdout.readline()
        self.links = []
        self.run('link', 'set', 'lo', 'up')
        if has_ipv4:
            self.run('addr', 'add', f'{self.ip4}/32', 'dev', 'lo')
        self.run('-6', 'addr', 'add', f'{self.ip6}/128', 'dev', 'lo', 'nodad')

    def __enter__(self):
        return self

    def __exit__(self, *details):
        for link in self.links:
            subprocess.run(['ip', 'link', 'del', link.name], capture_output=True, check=False)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def command(self, *words):
        """What runs these words in there."""
        return ['nsenter', f'--net=/proc/{self.process.pid}/ns/net', *words]

    def run(self, *words):
        subprocess.run(self.command('ip', *words), check=True, capture_output=True)

    def has_connections(self, link):
        """Whether any of its programs has one that leads there, or its kernel still says something of one."""
        ends = {word_address(socket.AF_INET, f'10.{link.number}.0.1'),
                word_address(socket.AF_INET6, f'2001:db8:{link.number}::1')}
        for kind in ('tcp', 'tcp6'):
            with open(f'/proc/{self.process.pid}/net/{kind}', encoding='ascii') as lines:
                rows = [line.split() for line in list(lines)[1:]]
            if any(row[2].split(':')[0] in ends and row[3] not in (LISTENS, WAITS) for row in rows):
                return True
        return False


def word_address(family, text):
    """As in /proc/net/tcp."""
    words = socket.inet_pton(family, text)
    return ''.join(f'{word:08X}' for word in struct.unpack(f'<{len(words) // 4}I', words))


class Link:
    """`number` is in its addresses; `metric` says whose default route is taken by who does not choose."""

    def __init__(self, world, name, number, metric, has_ipv4=True):
        self.world, self.name, self.number, self.metric, self.has_ipv4 = world, name, number, metric, has_ipv4
        self.far = f'far{number}'
        self.far_ip6 = f'2001:db8:{number}::2'
        self.create()
        world.links.append(self)

    def join(self):
        ip('link', 'add', self.name, 'type', 'veth', 'peer', 'name', self.far)

    def create(self):
        self.join()
        ip('link', 'set', self.far, 'netns', str(self.world.process.pid))
        if self.has_ipv4:
            ip('addr', 'add', f'10.{self.number}.0.1/24', 'dev', self.name)
            self.world.run('addr', 'add', f'10.{self.number}.0.2/24', 'dev', self.far)
        self.world.run('link', 'set', self.far, 'up')
        self.world.run('-6', 'addr', 'add', f'{self.far_ip6}/64', 'dev', self.far, 'nodad')
        # Routers are not looked for: what the kernel says by itself is not to be mistaken for what a program says.
        write_sysctl(f'ipv6/conf/{self.name}/accept_ra', '0')
        self.up()

    def up(self):
        self.up_alone()
        self.add_routes()

    def up_alone(self):
        ip('link', 'set', self.name, 'up')
        ip('-6', 'addr', 'replace', f'2001:db8:{self.number}::1/64', 'dev', self.name, 'nodad')

    def add_routes(self):
        metric = str(self.metric)
        if self.has_ipv4:
            ip('route', 'replace', 'default', 'via', f'10.{self.number}.0.2', 'dev', self.name, 'metric', metric)
        ip('-6', 'route', 'replace', 'default', 'via', self.far_ip6, 'dev', self.name, 'metric', metric)

    def down(self):
        ip('link', 'set', self.name, 'down')

    def delete(self):
        ip('link', 'del', self.name)


class SlowLink:
    """A wire from here to the world with all that slow-link.c can do to what leaves by either end: `near` from here,
    `far` from there. Gone with its process."""
    name = 'slow0'
    near_ip4, near_ip6 = '10.8.0.1', 'fd08::1'
    far_ip4, far_ip6 = '10.8.0.2', 'fd08::2'
    # Of documentation, which is nobody's local network.
    outside = {'near_ip4': '203.0.113.1', 'far_ip4': '203.0.113.2',
               'near_ip6': '2001:db8::1', 'far_ip6': '2001:db8::2'}

    def __init__(self, lab, world, near=None, far=None, is_outside=False):
        if is_outside:
            vars(self).update(self.outside)
        self.n_asked = 0
        self.process = Process(lab, 'slow-link', [
            lab.options.slow_link, self.describe('self', near or {}), self.describe(world.process.pid, far or {})],
            stdin=subprocess.PIPE)
        try:
            self.process.wait_for('ready', 10)
        except Failure:
            # That is what it says of the machine, and not of how it was called.
            if self.process.popen.returncode != 1:
                raise
            raise Skipped(f'no such link can be made: {self.process.output().strip()}') from None
        for run, ip4, ip6 in ((ip, self.near_ip4, self.near_ip6), (world.run, self.far_ip4, self.far_ip6)):
            # Nothing is said by the kernel itself, and nothing is lost before it is on the wire.
            run('link', 'set', self.name, 'addrgenmode', 'none', 'txqueuelen', '10000', 'up')
            run('addr', 'add', f'{ip4}/24', 'dev', self.name)
            run('-6', 'addr', 'add', f'{ip6}/64', 'dev', self.name, 'nodad')

    def describe(self, pid, keys):
        return ','.join([f'/proc/{pid}/ns/net', self.name, *(f'{key}={value}' for key, value in keys.items())])

    def ask(self, command):
        """What it says to that."""
        self.process.popen.stdin.write(command.encode() + b'\n')
        self.process.popen.stdin.flush()
        self.n_asked += 1
        return wait_until(f'slow-link answers "{command}"',
                          lambda: read_json_lines(self.process.output())[self.n_asked - 1:], 10, self.process)[0]

    def cut(self):
        self.ask('cut')

    def mend(self):
        self.ask('mend')

    def count(self):
        """Of what left here, and of what left there."""
        return self.ask('count')['ends']


class Tunnel(Link):
    """A link whose packets pass through a program, as those of a VPN do. So no answer is there before the kernel has
    done with what it answers, as it may be with a veth."""

    def join(self):
        if not os.path.exists(TUN_FILE):
            raise Skipped(f'there is no {TUN_FILE}')
        files = [os.open(TUN_FILE, os.O_RDWR | os.O_NONBLOCK) for _ in range(2)]
        for file, name in zip(files, (self.name, self.far)):
            fcntl.ioctl(file, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TAP | IFF_NO_PI))
        threading.Thread(target=self.relay, args=files, daemon=True).start()

    @staticmethod
    def relay(near, far):
        """Until one of them is deleted. What cannot be written is lost."""
        try:
            while True:
                for file in select.select([near, far], [], [])[0]:
                    frame = os.read(file, 65536)
                    try:
                        os.write(far if file == near else near, frame)
                    except BlockingIOError:
                        pass
                    # That end is down.
                    except OSError as error:
                        if error.errno != errno.EIO:
                            raise
        except OSError:
            os.close(near)
            os.close(far)


# ---- Packets ---------------------------------------------------------------------------------------------------

def describe_ipv6(packet, has_resets):
    """None: what the kernel says of itself. MLD counts when it tells of the group of BEP 14."""
    kind, at = packet[6], 40
    if kind == 0:
        kind, at = packet[40], 40 + 8 * (packet[41] + 1)
    to = socket.inet_ntop(socket.AF_INET6, packet[24:40])
    if kind == socket.IPPROTO_ICMPV6:
        if packet[at] in NEIGHBOUR_DISCOVERY or packet[at] == UNREACHABLE6:
            return None
        if packet[at] in MLD and socket.inet_pton(socket.AF_INET6, GROUP6) not in packet[at:]:
            return None
    return describe_transport(kind, packet[at:], to, has_resets)


def describe_transport(kind, packet, to, has_resets):
    """None: what the kernel itself answers to packets that no socket waits for. Those who have not heard that a
    connection is over send on to the address of the tunnel, and what they get for it goes by the routes: no program
    has a say in that once its socket is gone. While the tunnel is there a program can see to it that they have heard,
    and so resets count."""
    if kind == socket.IPPROTO_TCP and packet[13] & RST and not packet[13] & SYN and not has_resets:
        return None
    if kind == socket.IPPROTO_ICMP and packet[0] == UNREACHABLE:
        return None
    if kind in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
        source, target = struct.unpack('!HH', packet[:4])
        if kind == socket.IPPROTO_UDP:
            return f'udp {source} to {to} {target}'
        flags = ''.join(flag for i, flag in enumerate('FSRPA') if packet[13] >> i & 1)
        return f'tcp {source} to {to} {target} {flags}'
    return f'protocol {kind} to {to}'


def describe(frame, has_resets):
    """In words, without anything that tells one packet from the next of its kind; None: none of a program."""
    kind, = struct.unpack('!H', frame[12:14])
    packet = frame[14:]
    if kind == 0x0800:
        head = (packet[0] & 15) * 4
        return describe_transport(packet[9], packet[head:], socket.inet_ntoa(packet[16:20]), has_resets)
    if kind == 0x86dd:
        return describe_ipv6(packet, has_resets)
    # Whatever an address is asked for comes behind it.
    if kind == 0x0806:
        return None
    return f'ether type {kind:#x}'


def read_last_word(frame):
    """Of a bare acknowledgement of TCP over IPv6: the ports, and where both sides are. None of anything else."""
    kind, packet = struct.unpack('!H', frame[12:14])[0], frame[14:]
    if kind != 0x86dd or packet[6] != socket.IPPROTO_TCP or packet[40 + 13] & 0x17 != ACK:
        return None
    has_more = struct.unpack('!H', packet[4:6])[0] > (packet[40 + 12] >> 4) * 4
    return None if has_more else packet[40:40 + 12]


class Capture:
    """Everything that leaves by one interface from now on."""

    def __init__(self, name, has_resets=False):
        self.has_resets = has_resets
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((name, 3))
        self.name = name
        self.kinds = {}
        self.last_words = []
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while self.wake not in select.select([self.socket, self.wake], [], [])[0]:
            try:
                frame, address = self.socket.recvfrom(2048)
            # The interface goes down, or away.
            except OSError:
                continue
            kind = describe(frame, self.has_resets) if address[2] == socket.PACKET_OUTGOING else None
            if kind:
                self.kinds[kind] = self.kinds.get(kind, 0) + 1
                word = read_last_word(frame)
                if word:
                    self.last_words.append((word, kind))

    def prove(self, link):
        """One packet of our own is seen: so would others have been."""
        target = f'10.{link.number}.0.2' if link.has_ipv4 else link.far_ip6
        family = socket.AF_INET if link.has_ipv4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.name.encode())
            own.sendto(b'?', (target, 9))
        wait_until('the capture sees a packet', lambda: f'to {target} 9' in self.text(), 10)

    def text(self):
        return '\n'.join(f'{count} × {kind}' for kind, count in sorted(self.kinds.items()))

    def has(self, *words):
        return any(all(word in kind.split() for word in words) for kind in list(self.kinds))

    def check_silent(self, link, on_tunnel=None):
        """`on_tunnel`: an acknowledgement that was said there, word for word, is no other. The kernel says it again,
        by the routes, when the other side has not heard the last one and asks; no socket is left by then."""
        said = {word for word, _ in on_tunnel.last_words} if on_tunnel else set()
        for kind in [kind for word, kind in self.last_words if word in said]:
            self.kinds[kind] -= 1
        self.kinds = {kind: count for kind, count in self.kinds.items() if count}
        if self.kinds:
            raise Failure(f'on {self.name}:\n{self.text()}')
        self.prove(link)

    def close(self):
        os.write(self.woken, b'.')
        self.thread.join()
        self.socket.close()
        os.close(self.wake)
        os.close(self.woken)
