#!/usr/bin/python3
"""Torrents through a proxy: peers, trackers whose names only the proxy knows, and what anonymous mode tells.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import sys

import harness
from clients import Freshet, Libtorrent
from harness import HERE, PYTHON, Process, check, free_port, wait_until
from torrents import Torrent, single

TIMEOUT_S = 90
USER, PASSWORD = 'ann', 'p@ss:word/%'
NAME = 'only.proxy.test'


class Place:
    """A seed that knows the tracker by its address, and torrents whose tracker has a name."""

    def __init__(self, lab, seeding, is_udp=False, record=None):
        self.lab = lab
        self.ip = lab.address()
        self.port = free_port(self.ip)
        self.tracker = Process(lab, 'tracker', [lab.options.freshet_cli, 'tracker', '--bind', self.ip, '--port',
                                                self.port, '--interval', 2])
        self.tracker.wait_for('announce', 20)
        command = [PYTHON, os.path.join(HERE, 'proxy-server.py'), '--ip', self.ip, '--name-is', self.ip, '--user', USER,
                   '--password', PASSWORD]
        self.proxy = Process(lab, 'proxy', command + (['--record', record] if record else []))
        self.proxy_port = int(self.proxy.wait_for(r'port (\d+)\n', 20).group(1))
        self.content = single()
        scheme = 'udp' if is_udp else 'http'
        self.seeded = Torrent(lab.path('seeded.torrent'), self.content, [f'http://{self.ip}:{self.port}/announce'])
        self.wanted = Torrent(lab.path('wanted.torrent'), self.content, [f'{scheme}://{NAME}:{self.port}/announce'])
        source = lab.make_folder('source')
        self.content.write(source)
        self.seed = seeding(lab, [self.seeded], source, is_seed=True, ip=self.ip)
        self.seed.wait_ready()

    def url(self, scheme, password='p%40ss%3Aword%2F%25'):
        return f'{scheme}://{USER}{":" + password if password else ""}@{self.ip}:{self.proxy_port}'

    def download(self, *words, env=None):
        """Without a state, and bound to nothing."""
        self.target = self.lab.make_folder('target')
        return Process(self.lab, 'download', [self.lab.options.freshet_cli, 'download', self.wanted.path, '--directory',
                                              self.target, *words], env=env, separate=True)

    def wait_complete(self, download):
        status = download.wait_exit(TIMEOUT_S)
        check(status == 0, f'freshet-cli ended with {status}: {download.error_output()}\n{download.tail()}')
        check(self.content.compare(self.target) == [], 'the data differs')

    def said(self, line):
        return line in self.proxy.output().splitlines()

    def check_said(self, line):
        check(self.said(line), f'the proxy was not asked “{line}”:\n{self.proxy.tail()}')


def by_socks(lab, seeding, is_udp):
    place = Place(lab, seeding, is_udp)
    # The password from the environment is as good as one in the URL, and does not show.
    download = place.download('--no-discovery', '--proxy', place.url('socks5', None),
                              env={'FRESHET_PROXY_PASSWORD': PASSWORD})
    place.wait_complete(download)
    place.check_said(f'{"udp" if is_udp else "connect"} {NAME} {place.port}')
    place.check_said(f'connect {place.ip} {place.seed.port}')
    check(PASSWORD not in download.output() + download.error_output(), 'the password is told')


def by_http(lab, seeding):
    place = Place(lab, seeding)
    place.wait_complete(place.download('--no-discovery', '--proxy', place.url('http')))
    place.check_said(f'connect {NAME} {place.port}')
    place.check_said(f'connect {place.ip} {place.seed.port}')


def only_trackers(lab):
    place = Place(lab, Freshet)
    place.wait_complete(place.download('--no-discovery', '--proxy', place.url('socks5'), '--proxy-for', 'trackers'))
    place.check_said(f'connect {NAME} {place.port}')
    check(not place.said(f'connect {place.ip} {place.seed.port}'), 'peers went through the proxy, too')


def no_udp_by_http(lab):
    """It says why, and asks nobody else."""
    place = Place(lab, Freshet, is_udp=True)
    download = place.download('--no-discovery', '--json', '--proxy', place.url('http'))
    wait_until('the reason is told', lambda: 'An HTTP proxy does not reach UDP trackers' in download.output(), 30,
               download)
    check('udp' not in place.proxy.output(), 'a datagram went out')


def refused(lab):
    place = Place(lab, Freshet)
    download = place.download('--no-discovery', '--json', '--proxy', place.url('socks5', 'wrong'))
    wait_until('the proxy refuses', lambda: place.said('refused'), 30, download)
    check(download.is_alive(), 'it gave up')
    check('connect' not in place.proxy.output(), f'somebody was reached all the same:\n{place.proxy.tail()}')


def anonymous(lab, is_udp):
    record = lab.path('record')
    place = Place(lab, Libtorrent, is_udp, record)
    place.wait_complete(place.download('--anonymous', '--encryption', 'off', '--transport', 'tcp', '--no-local',
                                       '--no-dht', '--proxy', place.url('socks5')))
    with open(record, 'rb') as file:
        said = file.read()
    check(b'\x13BitTorrent protocol' in said, 'no handshake was recorded')
    check(b'1:md' in said, 'no extension handshake was recorded')
    check((b'GET /announce' in said) != is_udp, 'no announce was recorded')
    for word in (b'freshet', b'-FS', b'User-Agent', b'1:v'):
        check(word.lower() not in said.lower(), f'{word} is told: {said[:2000]}')


def known(lab):
    """The same without --anonymous: what the test above looks for can be seen."""
    record = lab.path('record')
    place = Place(lab, Libtorrent, False, record)
    place.wait_complete(place.download('--encryption', 'off', '--transport', 'tcp', '--no-local', '--no-dht', '--proxy',
                                       place.url('socks5')))
    with open(record, 'rb') as file:
        said = file.read()
    for word in (b'Freshet', b'-FS', b'User-Agent', b'1:v'):
        check(word in said, f'{word} is not told')


def list_tests():
    tests = [(f'by SOCKS5 to {seeding.name}, tracker by {"UDP" if is_udp else "HTTP"}',
              lambda lab, how=(seeding, is_udp): by_socks(lab, *how))
             for seeding in (Libtorrent, Freshet) for is_udp in (False, True)]
    tests += [(f'by HTTP to {seeding.name}', lambda lab, seeding=seeding: by_http(lab, seeding))
              for seeding in (Libtorrent, Freshet)]
    tests += [('trackers alone', only_trackers), ('UDP trackers by HTTP', no_udp_by_http),
              ('a wrong password', refused),
              ('anonymous, tracker by HTTP', lambda lab: anonymous(lab, False)),
              ('anonymous, tracker by UDP', lambda lab: anonymous(lab, True)), ('not anonymous', known)]
    return tests


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
