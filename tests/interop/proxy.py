#!/usr/bin/python3
"""Everything through a proxy and nothing around it, names included; what anonymous mode tells; and real proxies.

The machine under test has one link, to a world where there is all that a client may want: trackers, peers, web seeds, a
node of the DHT, a name server. All of it can be reached, so whoever goes around the proxy succeeds, and is seen.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import contextlib
import os
import random
import shutil
import subprocess
import sys

import harness
from clients import Freshet, Libtorrent
from harness import HERE, PYTHON, Process, Skipped, check, read_json_lines, wait_until
from links import Capture, Link, World, need_namespaces
from torrents import Content, Torrent

TIMEOUT_S = 90
USER, PASSWORD = 'ann', 'p@ss:word/%'
NAME = 'only.test'
# In a namespace of the test's own.
SEED, TRACKER, TLS_TRACKER, WEB, TLS_WEB, NODE, PROXY = range(6001, 6008)
PROXY4, PROXY6 = '10.9.0.2', '2001:db8:9::2'
RESOLV_CONF, TRUSTED = '/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt'
NO_TRACKERS = ['--no-trackers', '--no-pex']


@contextlib.contextmanager
def replaced(path, with_path):
    """In the test's own view of the files."""
    path = os.path.realpath(path)
    subprocess.run(['mount', '--bind', with_path, path], check=True)
    try:
        yield
    finally:
        subprocess.run(['umount', path], check=True)


class Place:
    def __init__(self, lab, world, link):
        self.lab, self.world, self.link = lab, world, link
        self.ip, self.ip6 = world.ip4, world.ip6
        self.capture = self.proxy = self.seed = self.target = None
        self.is_real = False
        self.content = Content('data.bin', {'': random.Random(7).randbytes(1 << 20)})
        self.source = lab.make_folder('source')
        self.content.write(self.source)
        world.run('addr', 'add', f'{PROXY4}/32', 'dev', 'lo')
        world.run('-6', 'addr', 'add', f'{PROXY6}/128', 'dev', 'lo', 'nodad')
        self.names = self.start_script('name-server', '--ip', self.ip, '--a', self.ip, '--aaaa', self.ip6)
        self.names.wait_for('ready', 20)
        self.tracker = self.start('tracker', lab.options.freshet_cli, 'tracker', '--port', TRACKER, '--interval', 2)
        self.tracker.wait_for('announce', 20)

    # ---- The world ----

    def start(self, name, *command):
        return Process(self.lab, name, self.world.command(*(str(word) for word in command)))

    def start_script(self, name, *words):
        return self.start(name, PYTHON, '-W', 'ignore', os.path.join(HERE, name + '.py'), *words)

    def start_proxy(self, ip=PROXY4, record=None):
        self.proxy_ip = ip
        self.proxy = self.start_script('proxy-server', '--ip', ip, '--port', PROXY, '--name-is', self.ip, '--user',
                                       USER, '--password', PASSWORD, *(['--record', record] if record else []))
        self.proxy.wait_for(r'port \d+\n', 20)

    def make_torrent(self, name, trackers, **more):
        return Torrent(self.lab.path(name + '.torrent'), self.content, trackers, **more)

    def start_seed(self, kind, ip=None, trackers=True, **more):
        ip = ip or self.ip
        torrent = self.make_torrent('seeded', [f'http://{harness.join_address(ip, TRACKER)}/announce'] if trackers
                                    else [])
        self.seed = kind(self.lab, [torrent], self.source, is_seed=True, ip=ip, port=SEED,
                         wrap=self.world.command(), **more)
        # Nobody connects to see: what is on the link from here on is the machine's under test.
        self.seed.process.wait_for('seeding|"complete"', TIMEOUT_S)

    def start_web(self, folder):
        self.web = self.start_script('range-server', folder, '--ip', self.ip, '--port', WEB)
        self.web.wait_for('port', 20)

    def start_tls(self, port, to):
        tls = self.start_script('tls-front', '--ip', self.ip, '--port', port, '--to', to, '--certificate',
                                self.lab.path('certificate.pem'))
        tls.wait_for('ready', 20)
        return tls

    def start_node(self):
        node = self.start_script('lt-client', '--directory', self.lab.make_folder('node'), '--listen',
                                 f'{self.ip}:{NODE}', '--dht')
        node.wait_for('listening', 20)
        return node

    # ---- The machine under test ----

    def url(self, scheme, password='p%40ss%3Aword%2F%25'):
        return f'{scheme}://{USER}{":" + password if password else ""}@' + harness.join_address(self.proxy_ip, PROXY)

    def download(self, what, *words, env=None):
        """With all that finds peers, but for the public DHT."""
        self.target = self.lab.make_folder('target')
        self.close()
        self.capture = Capture(self.link.name)
        command = [self.lab.options.freshet_cli, 'download', what, '--directory', self.target, '--json', '--dht-node',
                   f'node.test:{NODE}', *words]
        return Process(self.lab, 'download', command, env=env, separate=True)

    def wait_complete(self, download):
        status = download.wait_exit(TIMEOUT_S)
        check(status == 0, f'freshet-cli ended with {status}: {download.error_output()}\n{download.tail()}')
        check(self.content.compare(self.target) == [], 'the data differs')
        self.check_nothing_around()

    def wait_told(self, download, sentence):
        wait_until(f'“{sentence}” is told', lambda: sentence in download.output() + download.error_output(), TIMEOUT_S,
                   download)

    def check_nothing_around(self):
        kinds = list(self.capture.kinds)

        def is_older(kind):
            """Of a connection that began before the capture: the kernel ends those of the test before."""
            connection = kind.rpartition(' ')[0]
            return kind.startswith('tcp') and not {f'{connection} S', f'{connection} SA'} & {*kinds}

        around = [kind for kind in kinds if f' to {self.proxy_ip} ' not in kind and not is_older(kind)]
        check(not around, 'around the proxy:\n' + '\n'.join(around))
        check(self.capture.has('tcp', self.proxy_ip, str(PROXY)), f'nothing to the proxy:\n{self.capture.text()}')
        self.capture.prove(self.link)
        # A real proxy asks it, in the world.
        check(self.is_real or NAME not in self.names.output(), f'a name was asked for:\n{self.names.output()}')

    def said(self, line):
        return line in self.proxy.output().splitlines()

    def check_said(self, line):
        check(self.said(line), f'the proxy was not asked “{line}”:\n{self.proxy.tail()}')

    def close(self):
        if self.capture:
            self.capture.close()


def placed(function, **more):
    def run(lab):
        need_namespaces()
        with World() as world:
            place = Place(lab, world, Link(world, 'eth7', 1, 100))
            path = lab.path('resolv.conf')
            with open(path, 'w', encoding='ascii') as out:
                out.write(f'nameserver {world.ip4}\noptions timeout:1 attempts:1\n')
            with replaced(RESOLV_CONF, path):
                try:
                    function(place, **more)
                finally:
                    place.close()
    return run


def trusted(function):
    """With a certificate of NAME that the machine under test trusts."""
    def run(place, **more):
        with replaced(TRUSTED, harness.make_certificate(place.lab, NAME)[0]):
            function(place, **more)
    return run


# ---- Peers and trackers ----------------------------------------------------------------------------------------

def around(place):
    """Without a proxy all that the other tests look for is to be seen."""
    place.start_seed(Freshet)
    place.proxy_ip = PROXY4
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--download-limit', '300K')
    check(download.wait_exit(TIMEOUT_S) == 0, download.tail())
    for words in (('udp', place.ip, '53'), ('tcp', place.ip, str(TRACKER)), ('udp', place.ip, str(NODE)),
                  ('tcp', place.ip, str(SEED)), ('udp', '239.192.152.143', '6771')):
        check(place.capture.has(*words), f'{words} is not seen:\n{place.capture.text()}')
    check(NAME in place.names.output(), 'the name server was not asked')
    try:
        place.check_nothing_around()
    except harness.Failure:
        return
    raise harness.Failure('nobody noticed')


def by_tracker(place, seeding, scheme, proxy, ip=PROXY4):
    place.start_proxy(ip)
    place.start_seed(seeding)
    port = TRACKER
    if scheme == 'https':
        tls = place.start_tls(TLS_TRACKER, TRACKER)
        port = TLS_TRACKER
    wanted = place.make_torrent('wanted', [f'{scheme}://{NAME}:{port}/announce'])
    # The password from the environment is as good as one in the URL, and does not show.
    download = place.download(wanted.path, '--proxy', place.url(proxy, None), env={'FRESHET_PROXY_PASSWORD': PASSWORD})
    place.wait_complete(download)
    place.check_said(f'{"udp" if scheme == "udp" else "connect"} {NAME} {port}')
    place.check_said(f'connect {place.ip} {SEED}')
    check(PASSWORD not in download.output() + download.error_output(), 'the password is told')
    if scheme == 'https':
        check('connection' in tls.output(), 'no connection with TLS was made')
    if proxy == 'http':
        check('udp' not in place.proxy.output(), 'a datagram went out')


def only_trackers(place):
    place.start_proxy()
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--no-discovery', '--proxy', place.url('socks5'), '--proxy-for', 'trackers')
    check(download.wait_exit(TIMEOUT_S) == 0, download.tail())
    place.check_said(f'connect {NAME} {TRACKER}')
    check(not place.said(f'connect {place.ip} {SEED}'), 'peers went through the proxy, too')
    check(place.capture.has('tcp', place.ip, str(SEED)), 'the peer was not reached directly')
    check(not place.capture.has(str(TRACKER)) and not place.capture.has('53'), place.capture.text())


def to_ipv6(place, proxy, seeding):
    """Of one peer the tracker tells, of the other a person. The proxy reaches both families."""
    place.start_proxy()
    place.start_seed(seeding, ip=place.ip6, trackers=seeding is Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    told = [] if seeding is Freshet else ['--peer', f'[{place.ip6}]:{SEED}']
    place.wait_complete(place.download(wanted.path, '--proxy', place.url(proxy), *told))
    place.check_said(f'connect {place.ip6} {SEED}')


def utp(place):
    place.start_proxy()
    place.start_seed(Libtorrent, extra=['--utp'])
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    place.wait_complete(place.download(wanted.path, '--transport', 'utp', '--proxy', place.url('socks5')))
    place.check_said(f'udp {place.ip} {SEED}')
    check(not place.said(f'connect {place.ip} {SEED}'), 'the peer was reached by TCP')


def dht(place, seeding):
    """The seed is found in the DHT and nowhere else, and the DHT by a name that the proxy knows."""
    place.start_proxy()
    node = place.start_node()
    discovery = {Libtorrent: ['--dht', '--bootstrap', f'{place.ip}:{NODE}'],
                 Freshet: ['--no-pex', '--no-local', '--dht-node', f'{place.ip}:{NODE}']}[seeding]
    place.start_seed(seeding, trackers=False, discovery=discovery)
    wait_until('the node stores a peer', lambda: any(line.get('dht_peers') for line in read_json_lines(node.output())),
               TIMEOUT_S, node)
    place.wait_complete(place.download(place.make_torrent('wanted', []).path, *NO_TRACKERS, '--proxy',
                                       place.url('socks5')))
    place.check_said(f'udp node.test {NODE}')
    place.check_said(f'connect {place.ip} {SEED}')


def magnet(place, proxy):
    place.start_proxy()
    place.start_seed(Libtorrent)
    wanted = place.make_torrent('wanted', [])
    link = f'magnet:?xt=urn:btih:{wanted.hash.hex()}&tr=http%3A%2F%2F{NAME}%3A{TRACKER}%2Fannounce'
    place.wait_complete(place.download(link, '--proxy', place.url(proxy)))
    place.check_said(f'connect {NAME} {TRACKER}')
    place.check_said(f'connect {place.ip} {SEED}')


# ---- HTTP ------------------------------------------------------------------------------------------------------

def web_seed(place, scheme, proxy):
    place.start_proxy()
    place.start_web(place.source)
    port = WEB
    if scheme == 'https':
        place.start_tls(TLS_WEB, WEB)
        port = TLS_WEB
    wanted = place.make_torrent('wanted', [], **{'url-list': [f'{scheme}://{NAME}:{port}/']})
    place.wait_complete(place.download(wanted.path, '--proxy', place.url(proxy)))
    place.check_said(f'connect {NAME} {port}')
    check('/data.bin' in place.web.output(), 'the web seed was not asked')


def by_url(place, scheme, proxy):
    """The torrent itself is fetched through the proxy."""
    place.start_proxy()
    folder = place.lab.make_folder('torrents')
    wanted = Torrent(os.path.join(folder, 'wanted.torrent'), place.content, [f'http://{NAME}:{TRACKER}/announce'])
    place.start_web(folder)
    port = WEB
    if scheme == 'https':
        place.start_tls(TLS_WEB, WEB)
        port = TLS_WEB
    place.start_seed(Freshet)
    place.wait_complete(place.download(f'{scheme}://{NAME}:{port}/{os.path.basename(wanted.path)}', '--proxy',
                                       place.url(proxy)))
    place.check_said(f'connect {NAME} {port}')
    check('/wanted.torrent' in place.web.output(), 'the torrent was not fetched')


# ---- What cannot be --------------------------------------------------------------------------------------------

def no_udp_by_http(place):
    """UDP does not pass: neither trackers nor the DHT nor uTP. It says why, and asks nobody else."""
    place.start_proxy()
    place.start_seed(Libtorrent, extra=['--utp'])
    wanted = place.make_torrent('wanted', [f'udp://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--proxy', place.url('http'))
    place.wait_told(download, 'an HTTP proxy passes neither the DHT nor uTP on')
    place.wait_told(download, 'An HTTP proxy does not reach UDP trackers')
    check(download.is_alive(), 'it gave up')
    check(not place.capture.kinds, f'somebody was asked:\n{place.capture.text()}')
    download.stop()

    download = place.download(wanted.path, '--transport', 'utp', '--peer', f'{place.ip}:{SEED}', '--proxy',
                              place.url('http'))
    place.wait_told(download, 'The proxy does not pass UDP on')
    check(not place.capture.kinds, f'somebody was asked:\n{place.capture.text()}')


def refused(place, proxy):
    place.start_proxy()
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--peer', f'{place.ip}:{SEED}', '--proxy', place.url(proxy, 'wrong'))
    place.wait_told(download, 'The proxy does not accept the user name and the password')
    check(download.is_alive(), 'it gave up')
    check('connect' not in place.proxy.output(), f'somebody was reached all the same:\n{place.proxy.tail()}')
    place.check_nothing_around()


def not_there(place, proxy):
    """Nobody listens at the proxy's port; when somebody does, all goes on."""
    place.start_proxy()
    place.proxy.stop()
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--peer', f'{place.ip}:{SEED}', '--proxy', place.url(proxy))
    place.wait_told(download, 'The proxy cannot be reached')
    place.start_proxy()
    place.wait_complete(download)


def goes_away(place):
    """In the midst of it; then it is back."""
    place.start_proxy()
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--download-limit', '200K', '--proxy', place.url('socks5'))

    def get_downloaded():
        lines = [line for line in read_json_lines(download.output()) if line.get('event') == 'progress']
        return lines[-1].get('downloaded', 0) if lines else 0

    wait_until('something is there', lambda: get_downloaded() > 100000, TIMEOUT_S, download)
    place.proxy.stop()
    place.wait_told(download, 'The proxy cannot be reached')
    place.start_proxy()
    place.wait_complete(download)


# ---- Anonymous mode --------------------------------------------------------------------------------------------

def record_download(place, scheme, *words):
    record = place.lab.path('record')
    place.start_proxy(record=record)
    place.start_seed(Libtorrent)
    wanted = place.make_torrent('wanted', [f'{scheme}://{NAME}:{TRACKER}/announce'])
    place.wait_complete(place.download(wanted.path, '--encryption', 'off', '--transport', 'tcp', '--proxy',
                                       place.url('socks5'), *words))
    with open(record, 'rb') as file:
        return file.read()


def anonymous(place, scheme):
    said = record_download(place, scheme, '--anonymous')
    check(b'\x13BitTorrent protocol' in said, 'no handshake was recorded')
    check(b'1:md' in said, 'no extension handshake was recorded')
    check(b'1:q4:ping' in said, 'no question to the DHT was recorded')
    check((b'GET /announce' in said) != (scheme == 'udp'), 'no announce was recorded')
    for word in (b'freshet', b'-FS', b'User-Agent', b'1:v', b'6:yourip', b'4:ipv4', b'4:ipv6', b'1:pi'):
        check(word.lower() not in said.lower(), f'{word} is told: {said[:2000]}')


def known(place):
    """The same without --anonymous: what the test above looks for can be seen."""
    said = record_download(place, 'http')
    for word in (b'Freshet', b'-FS', b'User-Agent', b'1:v'):
        check(word in said, f'{word} is not told')


# ---- Real proxies ----------------------------------------------------------------------------------------------

DANTE = f"""logoutput: stdout
internal: {PROXY4} port = {PROXY}
external: {World.ip4}
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 log: connect }}
"""
TINYPROXY = f"""Port {PROXY}
Listen {PROXY4}
Timeout 60
MaxClients 100
LogLevel Connect
BasicAuth {USER} simple
"""


def start_real(place, program, config=None):
    """One of Debian's, with none of its own users or rules."""
    path = shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin')
    if path is None:
        raise Skipped(f'there is no {program}')
    words = {'danted': ['-f'], 'tinyproxy': ['-d', '-c'],
             'microsocks': ['-i', PROXY4, '-p', PROXY, '-u', USER, '-P', 'simple']}[program]
    if config:
        words.append(place.lab.path('proxy.conf'))
        with open(words[-1], 'w', encoding='ascii') as out:
            out.write(config)
    place.proxy_ip, place.is_real = PROXY4, True
    place.proxy = place.start(program, path, *words)
    # It says nothing that could be waited for.
    probe = place.world.command(PYTHON, '-c', f'import socket; socket.create_connection(("{PROXY4}", {PROXY})).close()')
    wait_until(f'{program} listens', lambda: subprocess.run(probe, capture_output=True, check=False).returncode == 0,
               20, place.proxy)


@trusted
def dante(place):
    """TCP and UDP: a tracker by each, the DHT by a name, and a peer by uTP."""
    start_real(place, 'danted', DANTE)
    place.start_node()
    place.start_tls(TLS_TRACKER, TRACKER)
    place.start_seed(Libtorrent, extra=['--utp'])
    wanted = place.make_torrent('wanted', [f'https://{NAME}:{TLS_TRACKER}/announce'])
    place.wait_complete(place.download(wanted.path, '--transport', 'utp', '--proxy', f'socks5://{PROXY4}:{PROXY}'))


def dante_dht(place):
    start_real(place, 'danted', DANTE)
    node = place.start_node()
    place.start_seed(Libtorrent, trackers=False, discovery=['--dht', '--bootstrap', f'{place.ip}:{NODE}'])
    wait_until('the node stores a peer', lambda: any(line.get('dht_peers') for line in read_json_lines(node.output())),
               TIMEOUT_S, node)
    place.wait_complete(place.download(place.make_torrent('wanted', []).path, *NO_TRACKERS, '--proxy',
                                       f'socks5://{PROXY4}:{PROXY}'))


def microsocks(place):
    """TCP alone, and a password; that UDP does not pass is told when nothing else is wished for."""
    start_real(place, 'microsocks')
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    url = f'socks5://{USER}:simple@{PROXY4}:{PROXY}'
    download = place.download(wanted.path, '--transport', 'utp', '--peer', f'{place.ip}:{SEED}', '--proxy', url)
    place.wait_told(download, 'The proxy does not pass UDP on')
    download.stop()
    wrong = place.download(wanted.path, '--proxy', url.replace('simple', 'wrong'))
    place.wait_told(wrong, 'The proxy does not accept the user name and the password')
    wrong.stop()
    place.wait_complete(place.download(wanted.path, '--proxy', url))


@trusted
def tinyproxy(place):
    start_real(place, 'tinyproxy', TINYPROXY)
    place.start_tls(TLS_TRACKER, TRACKER)
    place.start_seed(Libtorrent)
    wanted = place.make_torrent('wanted', [f'https://{NAME}:{TLS_TRACKER}/announce'])
    url = f'http://{USER}:simple@{PROXY4}:{PROXY}'
    wrong = place.download(wanted.path, '--proxy', url.replace('simple', 'wrong'))
    place.wait_told(wrong, 'The proxy ')
    wrong.stop()
    place.wait_complete(place.download(wanted.path, '--proxy', url))


def tinyproxy_443(place):
    """As Debian ships it, tunnels lead to the ports of HTTPS only. That is told."""
    start_real(place, 'tinyproxy', TINYPROXY + 'ConnectPort 443\nConnectPort 563\n')
    place.start_seed(Freshet)
    wanted = place.make_torrent('wanted', [f'http://{NAME}:{TRACKER}/announce'])
    download = place.download(wanted.path, '--peer', f'{place.ip}:{SEED}', '--proxy',
                              f'http://{USER}:simple@{PROXY4}:{PROXY}')
    place.wait_told(download, 'The proxy does not allow this')
    check(download.is_alive(), 'it gave up')
    place.check_nothing_around()


def list_tests():
    tests = [('around it, without one', around)]
    tests += [(f'{scheme} tracker and {seeding.name} by {proxy}', by_tracker,
               {'seeding': seeding, 'scheme': scheme, 'proxy': proxy})
              for proxy, schemes in (('socks5', ('http', 'udp')), ('http', ('http',)))
              for seeding in (Libtorrent, Freshet) for scheme in schemes]
    tests += [(f'https tracker by {proxy}', trusted(by_tracker),
               {'seeding': Freshet, 'scheme': 'https', 'proxy': proxy}) for proxy in ('socks5', 'http')]
    tests += [('socks5 at an IPv6 address', by_tracker,
               {'seeding': Freshet, 'scheme': 'udp', 'proxy': 'socks5', 'ip': PROXY6}),
              ('http at an IPv6 address', by_tracker,
               {'seeding': Freshet, 'scheme': 'http', 'proxy': 'http', 'ip': PROXY6}),
              ('trackers alone', only_trackers), ('uTP by socks5', utp)]
    tests += [(f'{seeding.name} over IPv6 by {proxy}', to_ipv6, {'proxy': proxy, 'seeding': seeding})
              for proxy in ('socks5', 'http') for seeding in (Libtorrent, Freshet)]
    tests += [(f'the DHT and {seeding.name} by socks5', dht, {'seeding': seeding}) for seeding in (Libtorrent, Freshet)]
    tests += [(f'a magnet link by {proxy}', magnet, {'proxy': proxy}) for proxy in ('socks5', 'http')]
    for proxy in ('socks5', 'http'):
        for scheme in ('http', 'https'):
            tests += [(f'{scheme} {what} by {proxy}', trusted(function), {'scheme': scheme, 'proxy': proxy})
                      for what, function in (('web seed', web_seed), ('torrent', by_url))]
    tests += [('no UDP by http', no_udp_by_http), ('it goes away', goes_away)]
    for proxy in ('socks5', 'http'):
        tests += [(f'a wrong password, {proxy}', refused, {'proxy': proxy}),
                  (f'nobody is there, {proxy}', not_there, {'proxy': proxy})]
    tests += [(f'anonymous, tracker by {scheme}', anonymous, {'scheme': scheme}) for scheme in ('http', 'udp')]
    tests += [('not anonymous', known), ('dante', dante), ('dante, the DHT', dante_dht), ('microsocks', microsocks),
              ('tinyproxy', tinyproxy), ('tinyproxy as it comes', tinyproxy_443)]
    return [(name, placed(function, **(more[0] if more else {}))) for name, function, *more in tests]


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
