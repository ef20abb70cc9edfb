#!/usr/bin/python3
"""Torrents found by magnet links: from real clients by us, and from us by them.

We find with bt-seek, which is the engine and nothing else; what it writes must hold the very info dictionary. Links
lead to an address (x.pe) or to a tracker.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import os
import random
import sys
import urllib.parse

import harness
import torrents
from clients import Aria2, Freshet, Libtorrent, Transmission
from harness import Failure, Opentracker, Process, check, free_port, read_json_lines
from torrents import Content, Torrent

TIMEOUT_S = 60


def big_content():
    """Some 200 KiB of description."""
    source = random.Random(5)
    return Content('many', {f'folder {i % 7}/{i:04} {"long " * 12}.bin': source.randbytes(20) for i in range(2000)})


def make_link(torrent, **parameters):
    words = [f'xt=urn:btih:{torrent.hash.hex()}', f'dn={urllib.parse.quote(torrent.content.name)}']
    for key, value in parameters.items():
        # libtorrent takes an address as it stands.
        words.append(f'{key.replace("_", ".")}={urllib.parse.quote(value, safe=":[]")}')
    return 'magnet:?' + '&'.join(words)


def read_info(path):
    """The bytes of the info dictionary of a .torrent."""
    with open(path, 'rb') as file:
        data = file.read()
    whole = torrents.bdecode(data)
    info = torrents.bencode(whole[b'info'])
    check(info in data, 'the info dictionary is not in order')
    return info


def seek(lab, link, *seeds):
    """Finds it; (path of the .torrent, milliseconds)."""
    ip = lab.address()
    path = lab.path(f'found-{ip}.torrent')
    process = Process(lab, 'bt-seek', [lab.options.bt_seek, link, f'{ip}:{free_port(ip)}', path])
    try:
        status = process.wait_exit(TIMEOUT_S)
    except Failure as failure:
        raise Failure('\n'.join([str(failure), *(seed.process.tail() for seed in seeds)])) from None
    check(status == 0, process.tail())
    return path, [line['ms'] for line in read_json_lines(process.output()) if line['event'] == 'found'][0]


class Link:
    """In the place of a Torrent: what a client is told is the link."""

    def __init__(self, torrent, link):
        self.path = link
        self.content = torrent.content
        self.hash = torrent.hash


# ---- By us -----------------------------------------------------------------------------------------------------

def find_by_tracker(lab, client, kind):
    plain = Torrent(lab.path('plain.torrent'), big_content())
    tracker = Opentracker(lab, [plain.hash])
    torrent = Torrent(plain.path, plain.content, [tracker.urls[kind]])
    source = lab.make_folder('source')
    torrent.content.write(source)
    seed = client(lab, [torrent], source, is_seed=True)
    seed.wait_ready()
    tracker.wait_peers([torrent], 1, 30, seed.process)
    found, took_ms = seek(lab, make_link(torrent, tr=tracker.urls[kind]), seed)
    check(read_info(found) == read_info(torrent.path), 'another description was found')
    print(f'# found in {took_ms} ms')


def find_by_address(lab, client):
    torrent = Torrent(lab.path('one.torrent'), big_content())
    source = lab.make_folder('source')
    torrent.content.write(source)
    seeds = [client(lab, [torrent], source, is_seed=True, trackers=False) for _ in range(2)]
    for seed in seeds:
        seed.wait_ready()
    link = make_link(torrent) + ''.join(f'&x.pe={seed.ip}:{seed.port}' for seed in seeds)
    found, took_ms = seek(lab, link, *seeds)
    check(read_info(found) == read_info(torrent.path), 'another description was found')
    print(f'# found in {took_ms} ms')
    # What was found is enough for everybody.
    ours = Freshet(lab, [Link(torrent, found)], lab.make_folder('target'),
                   extra=['--peer', f'{seeds[0].ip}:{seeds[0].port}'])
    ours.wait_complete(TIMEOUT_S)
    check(ours.compare() == [], '\n'.join(ours.compare()))


class Version2(Link):
    """Made by libtorrent: a hybrid, or version 2 alone."""

    def __init__(self, lab, content, is_hybrid):
        import libtorrent as lt
        super().__init__(type('Made', (), {'content': content, 'hash': None}), lab.path('v2.torrent'))
        folder = lab.make_folder('make')
        content.write(folder)
        files = lt.file_storage()
        lt.add_files(files, os.path.join(folder, content.name))
        creator = lt.create_torrent(files, 16384, 0 if is_hybrid else lt.create_torrent.v2_only)
        lt.set_piece_hashes(creator, folder)
        with open(self.path, 'wb') as out:
            out.write(lt.bencode(creator.generate()))
        self.folder = folder
        self.info = read_info(self.path)
        self.v1 = hashlib.sha1(self.info).hexdigest()
        self.v2 = hashlib.sha256(self.info).hexdigest()


def find_version2(lab, is_hybrid, topics):
    content = Content('two', {f'{i:03} {"long " * 12}.bin': random.Random(i).randbytes(40000) for i in range(60)})
    torrent = Version2(lab, content, is_hybrid)
    seed = Libtorrent(lab, [torrent], torrent.folder, is_seed=True)
    seed.wait_ready()
    words = {'v1': f'xt=urn:btih:{torrent.v1}', 'v2': f'xt=urn:btmh:1220{torrent.v2}'}
    link = 'magnet:?' + '&'.join(words[topic] for topic in topics) + f'&x.pe={seed.ip}:{seed.port}'
    found, took_ms = seek(lab, link, seed)
    check(read_info(found) == torrent.info, 'another description was found')
    print(f'# found in {took_ms} ms')
    # What is kept of it has no piece layers; for version 1 that is all it needs.
    ours = Freshet(lab, [Link(torrent, found)], lab.make_folder('target'), extra=['--peer', f'{seed.ip}:{seed.port}'])
    if is_hybrid:
        ours.wait_complete(TIMEOUT_S)
        check(ours.compare() == [], '\n'.join(ours.compare()))
    else:
        check(ours.process.wait_exit(TIMEOUT_S) != 0, 'a version 2 torrent was downloaded')
        check('of version 2' in ours.process.error_output(), ours.process.error_output())


# ---- By them ---------------------------------------------------------------------------------------------------

def be_found(lab, client, by_tracker):
    plain = Torrent(lab.path('plain.torrent'), big_content())
    source = lab.make_folder('source')
    plain.content.write(source)
    tracker = Opentracker(lab, [plain.hash])
    torrent = Torrent(plain.path, plain.content, [tracker.urls['http']])
    seed = Freshet(lab, [torrent], source, is_seed=True)
    seed.wait_ready()
    tracker.wait_peers([torrent], 1, 30, seed.process)
    where = {'tr': tracker.urls['http']} if by_tracker else {'x_pe': f'{seed.ip}:{seed.port}'}
    target = client(lab, [Link(torrent, make_link(torrent, **where))], lab.make_folder('target'))
    try:
        target.wait_complete(TIMEOUT_S)
    except Failure as failure:
        raise Failure(f'{failure}\n{seed.process.tail()}') from None
    target.stop()
    check(target.compare() == [], '\n'.join(target.compare()))


def list_tests():
    tests = [(f'bt-seek finds by {kind} tracker what {client.name} has',
              lambda lab, client=client, kind=kind: find_by_tracker(lab, client, kind))
             for client, kind in ((Libtorrent, 'http'), (Aria2, 'udp'), (Transmission, 'http'), (Freshet, 'udp'))]
    tests += [(f'bt-seek finds by address what {client.name} has',
               lambda lab, client=client: find_by_address(lab, client)) for client in (Libtorrent, Freshet)]
    tests += [(f'bt-seek finds a {"hybrid" if is_hybrid else "version 2 torrent"} by {" and ".join(topics)}',
               lambda lab, is_hybrid=is_hybrid, topics=topics: find_version2(lab, is_hybrid, topics))
              for is_hybrid, topics in ((True, ['v1']), (True, ['v1', 'v2']), (True, ['v2']), (False, ['v2']))]
    tests += [(f'{client.name} finds by {"tracker" if by_tracker else "address"} what freshet-cli has',
               lambda lab, client=client, by_tracker=by_tracker: be_found(lab, client, by_tracker))
              for client, by_tracker in ((Libtorrent, False), (Libtorrent, True), (Aria2, True), (Transmission, True))]
    return tests


def main():
    def add_more(parser):
        parser.add_argument('--bt-seek', required=True, type=os.path.abspath)

    options = harness.parse_options(__doc__, add_more)
    harness.enter_namespace()
    return harness.run_tests(options, list_tests())


sys.exit(main())
