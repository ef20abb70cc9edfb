#!/usr/bin/python3
"""Downloads from web seeds (BEP 19) that behave and that do not, alone and beside a real client, and compares it all.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import os
import re
import signal
import subprocess
import sys

import harness
import torrents
from clients import Freshet, FreshetWithState, Libtorrent
from harness import HERE, PYTHON, Process, check, wait_until

TIMEOUT_S = 60

# These give the right data, in one way or another.
GOOD = ('none', 'redirect', 'chunked', 'no-length', 'no-keep-alive', 'endless')
# These are of no use, or only a little; a peer has to give the rest.
BAD = ('no-ranges', 'other-range', 'no-content-range', 'longer-file', 'status-403', 'status-404', 'status-416',
       'redirect-loop', 'redirect-to-file', 'corrupt', 'gzip', 'huge-head', 'short', 'status-500', 'slow')


class Server:
    """A range-server.py of its own."""

    def __init__(self, lab, folder, fault='none', every=1):
        ip = lab.address()
        self.process = Process(lab, 'range-server', [PYTHON, os.path.join(HERE, 'range-server.py'), folder, '--ip', ip,
                                                     '--fault', fault, '--every', every])
        port = self.process.wait_for(r'port (\d+)', 20)[1]
        self.url = f'http://{ip}:{port}/'

    def requests(self):
        return [line for line in self.process.output().splitlines() if line.startswith('/')]


def make_contents(lab):
    contents = [torrents.single(size=9 * 1024 * 1024 + 12345), torrents.multi()]
    source = lab.make_folder('source')
    for content in contents:
        content.write(source)
    return contents, source


def make_torrents(lab, contents, url=None):
    more = {'url-list': [url]} if url else {}
    return [torrents.Torrent(lab.path(f'{number}.torrent'), content, **more) for number, content in enumerate(contents)]


def check_sums(downloader, contents):
    """The SHA-256 of each file, and nothing else there."""
    for content in contents:
        for path, data in content.files.items():
            name = os.path.join(downloader.folder, content.name, path) if path \
                else os.path.join(downloader.folder, content.name)
            with open(name, 'rb') as file:
                there = hashlib.sha256(file.read()).hexdigest()
            check(there == hashlib.sha256(data).hexdigest(), f'{name} is not what it was')
    differences = downloader.compare()
    check(not differences, '\n'.join(differences))


def alone(lab, fault, every=1):
    contents, source = make_contents(lab)
    server = Server(lab, source, fault, every)
    downloader = Freshet(lab, make_torrents(lab, contents, server.url), lab.make_folder('target'), trackers=False)
    downloader.wait_complete(TIMEOUT_S)
    check_sums(downloader, contents)
    n_requests = len(server.requests())
    n_files = sum(bool(data) for content in contents for data in content.files.values())
    print(f'# {n_requests} requests for {n_files} files')
    check(n_requests <= 4 * n_files, 'it asks for bits and pieces')


def by_option(lab):
    contents, source = make_contents(lab)
    server = Server(lab, source)
    downloader = Freshet(lab, make_torrents(lab, contents), lab.make_folder('target'), trackers=False,
                         extra=['--web-seed', server.url])
    downloader.wait_complete(TIMEOUT_S)
    check_sums(downloader, contents)


def beside_a_peer(lab, fault):
    contents, source = make_contents(lab)
    server = Server(lab, source, fault)
    made = make_torrents(lab, contents, server.url)
    plain = [torrents.Torrent(lab.path(f'plain {number}.torrent'), content) for number, content in enumerate(contents)]
    seed = Libtorrent(lab, plain, source, is_seed=True, trackers=False)
    seed.wait_ready()
    downloader = Freshet(lab, made, lab.make_folder('target'), trackers=False,
                         extra=['--peer', f'{seed.ip}:{seed.port}'])
    downloader.wait_complete(TIMEOUT_S)
    check(server.requests(), 'the web seed was never asked')
    check_sums(downloader, contents)


def with_state(lab):
    """Killed half-way, it goes on with the web seed that a person gave it."""
    contents, source = make_contents(lab)
    server = Server(lab, source)
    made = make_torrents(lab, contents)
    target = lab.make_folder('target')
    first = FreshetWithState(lab, made, target, trackers=False,
                             extra=['--web-seed', server.url, '--download-limit', '2M'])
    wait_until('a third is there', lambda: first.last('done') > 3 * 1024 * 1024, TIMEOUT_S, first.process)
    first.process.signal(signal.SIGKILL)
    first.process.wait_exit(TIMEOUT_S)
    second = FreshetWithState(lab, made, target, trackers=False)
    second.wait_complete(TIMEOUT_S)
    check_sums(second, contents)
    run = [lab.options.freshet_cli, 'list', '--state', second.state, '--web-seeds']
    urls = subprocess.run([*run, '1'], capture_output=True, check=True).stdout.decode()
    check(urls == server.url + '\n', f'of another web seed is kept: {urls!r}')
    change = [lab.options.freshet_cli, 'set', '1', '--state', second.state]
    subprocess.run([*change, '--web-seed', 'http://a.example/'], capture_output=True, check=True)
    urls = subprocess.run([*run, '1', '--json'], capture_output=True, check=True).stdout.decode()
    check('"http://a.example/"' in urls, urls)
    subprocess.run([*change, '--own-web-seeds'], capture_output=True, check=True)
    urls = subprocess.run([*run, '1'], capture_output=True, check=True).stdout.decode()
    check(urls == '', f'{urls!r} is left')


def refused(lab):
    """What is no address of a web seed is said at once."""
    contents, _ = make_contents(lab)
    made = make_torrents(lab, contents)
    done = subprocess.run([lab.options.freshet_cli, 'download', made[0].path, '--web-seed', 'ftp://127.0.0.1/'],
                          capture_output=True, check=False, cwd=lab.make_folder('target'))
    check(done.returncode == 2, f'status {done.returncode}')
    check(re.search('not an http or https URL', done.stderr.decode()), done.stderr.decode())


def main():
    options = harness.parse_options(__doc__)
    harness.enter_namespace()
    tests = [(f'alone, {fault}', lambda lab, fault=fault: alone(lab, fault)) for fault in GOOD]
    tests += [('alone, sometimes short', lambda lab: alone(lab, 'short', every=90)),
              ('alone, sometimes busy', lambda lab: alone(lab, 'status-503', every=60)),
              ('by option', by_option), ('with a state', with_state), ('refused', refused)]
    tests += [(f'beside a peer, {fault}', lambda lab, fault=fault: beside_a_peer(lab, fault)) for fault in BAD]
    return harness.run_tests(options, tests)


sys.exit(main())
