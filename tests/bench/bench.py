#!/usr/bin/python3
"""Measures Freshet beside other clients: downloading, seeding, checking, idle connections, a long path; starting.

All run in a namespace without a way out, on tmpfs, against bt-loadgen (`utp`: against themselves), in turn, several
rounds. The rate of a download counts from the first request the load generator sees to the client's word that all is
on disk, verified; the bytes are compared afterwards. CPU is user and system time of the client's process in that
time. Peak memory is the largest resident set (pages of mapped files included) and, beside it, the largest anonymous
part.

What comes after the transfers (start, alive, block-list, state) is measured with bt-measure in the place of
freshet-cli. For `start` and `alive` the states lie on a disk, in the page cache: every client has started with its
own once before.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import gzip
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'interop'))

import harness  # noqa: E402
from alive import ALIVES, STEADY_S, AliveTorrents, DeadTrackers, measure_alive  # noqa: E402
from clients import Libtorrent  # noqa: E402
from harness import Failure, Lab, Process, read_json_lines, wait_until  # noqa: E402
from many import STARTS, ManyTorrents, measure_start  # noqa: E402
from measured import KINDS, POLL_S, BenchFreshet, Loadgen, Measured, Meter, loadgen_once, result_of  # noqa: E402
from torrents import Content, Torrent, set_announce  # noqa: E402
from transports import TRANSPORTS, print_transports, transfer  # noqa: E402
from window import download_in_window, print_rates, run_window  # noqa: E402

N_SEEDS = 20
N_IDLE = 2000
N_RANGES = 1000000
DHT_ADDRESS = '127.0.0.1:16881'
DHT_S = 10
# Where the load generator's peers live: the n-th address of the harness, and those behind it.
SEED_ADDRESS = 500
TAKER_ADDRESS = 1000
IDLE_ADDRESS = 1500
WAN_RATE_MBIT = 500
WAN_DELAY_MS = 100


# ---- Scenarios -------------------------------------------------------------------------------------------------

class Bench:
    def __init__(self, options, folder, disk):
        self.options = options
        self.folder = folder
        self.disk = disk
        self.many = None
        self.running = None
        self.starts = {}

    def make_torrent(self, size, name='plain.torrent'):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            loadgen_once(self.options, 'make', path, '--size', size, '--piece', '1M')
        return path

    def make_data(self, torrent):
        folder = torrent + '-data'
        path = os.path.join(folder, 'payload.bin')
        if not os.path.exists(path):
            os.makedirs(folder, exist_ok=True)
            loadgen_once(self.options, 'data', path + '.new', '--torrent', torrent)
            os.rename(path + '.new', path)
        return folder

    def lab(self):
        return Lab(self.options, self.folder)

    def download(self, kind):
        plain = self.make_torrent(self.options.size)
        with self.lab() as lab:
            seeds = Loadgen(lab, 'seed', '--torrent', plain, '--listen', harness.address(SEED_ADDRESS),
                            '--peers', N_SEEDS)
            torrent = SimpleNamespace(path=lab.path('t.torrent'), content=None)
            set_announce(plain, torrent.path, seeds.event('ready')['tracker'])
            target = lab.make_folder('target')
            client = KINDS[kind](lab, [torrent], target)
            meter = Meter(client.process)
            return self.follow_download(meter, client, seeds, plain, target,
                                        self.options.times if isinstance(client, Measured) else 1)

    def follow_download(self, meter, client, seeds, plain, target, n_times=1):
        first_at = seeds.event('first-request', 60)['at']
        try:
            client.wait_complete(self.options.limit)
        except Failure:
            if not client.process.is_alive():
                raise
            elapsed = time.monotonic() - first_at
            return result_of(meter, client, first_at, seeds.finish()['sent_bytes'], elapsed, is_partial=True)
        result = result_of(meter, client, first_at, n_times * self.options.size_bytes, client.complete_at - first_at)
        loadgen_once(self.options, 'compare', os.path.join(target, 'payload.bin'), '--torrent', plain)
        result['sent_bytes'] = seeds.finish()['sent_bytes']
        return result

    def seed(self, kind):
        plain = self.make_torrent(self.options.size)
        data = self.make_data(plain)
        with self.lab() as lab:
            torrent = SimpleNamespace(path=plain, content=None)
            client = KINDS[kind](lab, [torrent], data, is_seed=True)
            client.wait_ready(120)
            meter = Meter(client.process)
            takers = Loadgen(lab, 'take', '--torrent', plain, '--connect', f'{client.ip}:{client.port}',
                             '--peers', N_SEEDS, '--from', harness.address(TAKER_ADDRESS),
                             '--seconds', self.options.limit)
            since = time.monotonic()
            takers.wait_exit(self.options.limit + 10)
            end = takers.find('end')
            if end is None or end['wrong'] or not end['bytes']:
                raise Failure(f'the takers got: {end}\n{takers.tail()}')
            return result_of(meter, client, since, end['bytes'], end['seconds'],
                             is_partial=end['finished'] < N_SEEDS)

    def check(self, kind):
        """Hashing what is there; the time of the whole program for freshet-cli, of the check for libtorrent."""
        plain = self.make_torrent(self.options.check_size, 'check.torrent')
        data = self.make_data(plain)
        n_bytes = os.path.getsize(os.path.join(data, 'payload.bin'))
        with self.lab() as lab:
            since = time.monotonic()
            if kind == 'freshet':
                process = Process(lab, kind, [self.options.freshet_cli, 'verify', plain, '--directory', data])
                meter = Meter(process)
                status = process.wait_exit(120, poll=POLL_S)
                if status != 0:
                    raise Failure(f'verify ended with {status}\n{process.tail()}')
                until = time.monotonic()
            else:
                command = [harness.PYTHON, '-W', 'ignore', os.path.join(harness.HERE, 'lt-client.py'), plain,
                           '--directory', data, '--listen', f'{lab.address()}:0',
                           '--hashing-threads', os.cpu_count(), '--no-trackers', '--once']
                process = Process(lab, kind, command)
                meter = Meter(process)
                process.wait_for('"listening"', 20, poll=POLL_S)
                since = time.monotonic()
                process.wait_for('"complete"', 120, poll=POLL_S)
                until = time.monotonic()
            return result_of(meter, None, since, n_bytes, until - since)

    def idle(self, kind):
        """CPU per GB with and without idle connections; the seeds dial in when those are in place."""
        plain = self.make_torrent(self.options.size)
        ratio = {}
        for n_idle in (0, N_IDLE):
            with self.lab() as lab:
                target = lab.make_folder('target')
                torrent = SimpleNamespace(path=plain, content=None)
                client = KINDS[kind](lab, [torrent], target, connections=N_IDLE + 500, trackers=False)
                client.wait_ready()
                where = f'{client.ip}:{client.port}'
                n_connected = 0
                if n_idle:
                    idlers = Loadgen(lab, 'idle', '--torrent', plain, '--connect', where, '--peers', n_idle,
                                     '--from', harness.address(IDLE_ADDRESS))
                    n_connected = idlers.event('connected', 60)['count']
                    if n_connected < n_idle * 0.9:
                        raise Failure(f'only {n_connected} of {n_idle} idle peers are connected')
                meter = Meter(client.process)
                meter.sample()
                seeds = Loadgen(lab, 'seed', '--torrent', plain, '--listen', harness.address(SEED_ADDRESS),
                                '--peers', N_SEEDS, '--connect', where)
                ratio[n_idle] = self.follow_download(meter, client, seeds, plain, target)
        result = ratio[N_IDLE]
        result['n_idle'] = n_connected
        result['ratio'] = result['cpu_s_per_gb'] / ratio[0]['cpu_s_per_gb']
        return result

    def wan(self, kind):
        """One seed over a long path, beside a plain TCP copy over the same path."""
        with self.lab() as lab, WanPath(lab) as path:
            plain = self.make_torrent(self.options.wan_size, 'wan.torrent')
            n_bytes = int(self.options.wan_bytes)
            if kind == 'tcp':
                return path.copy(n_bytes)
            seeds = Loadgen(lab, 'seed', '--torrent', plain, '--listen', path.near, '--peers', 1, wrap=path.wrap_near)
            torrent = SimpleNamespace(path=lab.path('t.torrent'), content=None)
            set_announce(plain, torrent.path, seeds.event('ready')['tracker'])
            target = lab.make_folder('target')
            client = KINDS[kind](lab, [torrent], target, ip=path.far, port=6881, wrap=path.wrap_far)
            meter = Meter(client.process)
            first_at = seeds.event('first-request', 60)['at']
            client.wait_complete(self.options.limit)
            result = result_of(meter, client, first_at, n_bytes, client.complete_at - first_at)
            loadgen_once(self.options, 'compare', os.path.join(target, 'payload.bin'), '--torrent', plain)
            return result

    def start(self, kind):
        """With many torrents at rest. Each client starts once before, for the page cache and what it does only then."""
        if self.many is None:
            self.many = ManyTorrents(os.path.join(self.disk, 'many'), self.options.torrents)
        if kind not in self.starts:
            self.starts[kind] = STARTS[kind](self.many, self.options)
            with self.lab() as lab:
                measure_start(self.starts[kind], lab)
        with self.lab() as lab:
            return measure_start(self.starts[kind], lab)

    def alive(self, kind):
        """With many torrents that run; each client starts once before, as for `start`."""
        if self.running is None:
            self.running = AliveTorrents(os.path.join(self.disk, 'alive'), self.options.torrents, DeadTrackers())
        if kind not in self.starts:
            self.starts[kind] = ALIVES[kind](self.running, self.options)
            with self.lab() as lab:
                measure_alive(self.starts[kind], lab, 0, 0)
        with self.lab() as lab:
            return measure_alive(self.starts[kind], lab)

    def window(self, kind):
        if self.many is None:
            self.many = ManyTorrents(os.path.join(self.disk, 'many'), self.options.torrents)
        if kind not in self.starts:
            self.starts[kind] = STARTS[kind](self.many, self.options)
        with self.lab() as lab:
            return run_window(self.starts[kind], self.options, lab)

    def window_rate(self, kind):
        """Both by the load generator's clock: from the first request to the last byte sent."""
        plain = self.make_torrent(self.options.rate_size, 'rate.torrent')
        with self.lab() as lab:
            seeds = Loadgen(lab, 'seed', '--torrent', plain, '--listen', harness.address(SEED_ADDRESS),
                            '--peers', N_SEEDS)
            torrent = SimpleNamespace(path=lab.path('t.torrent'), content=None)
            set_announce(plain, torrent.path, seeds.event('ready')['tracker'])
            target = lab.make_folder('target')
            frames = None
            if kind == 'window':
                frames = download_in_window(torrent.path, target, self.options, lab)
                cpu_s = frames['cpu_s']
            else:
                client = BenchFreshet(lab, [torrent], target)
                client.wait_complete(self.options.limit)
                cpu_s = client.process.usage.ru_utime + client.process.usage.ru_stime
            loadgen_once(self.options, 'compare', os.path.join(target, 'payload.bin'), '--torrent', plain)
            first_at = seeds.event('first-request')['at']
            end = seeds.finish()
            seconds = end['last_sent_at'] - first_at
            return {'mb_per_s': self.options.rate_bytes / seconds / 1e6, 'seconds': seconds,
                    'sent_bytes': end['sent_bytes'], 'cpu_s': cpu_s, 'frames': frames}

    def utp(self, kind):
        plain = self.make_torrent(self.options.utp_size, 'utp.torrent')
        with self.lab() as lab:
            return transfer(lab, kind, plain, self.make_data(plain))

    def block_list(self, kind):
        path = os.path.join(self.folder, 'list.gz' if kind == 'packed' else 'list.txt')
        if not os.path.exists(path):
            with gzip.open(path, 'wt', compresslevel=6) if kind == 'packed' else open(path, 'w') as out:
                out.writelines(block_list_lines())
        with self.lab() as lab:
            process = Process(lab, 'block-list', [self.options.measure, 'block-list', path], separate=True)
            if process.wait_exit(120) != 0:
                raise Failure(f'bt-measure failed: {process.error_output()}')
            result = read_json_lines(process.output())[0]
            if result['read'] != N_RANGES or result['malformed']:
                raise Failure(f'the list was read otherwise: {result}')
            return result


    def dht(self, kind):
        """A node that only answers, asked by many."""
        rate = int(kind)
        with self.lab() as lab:
            node = Process(lab, 'dht', [self.options.dht, 'node', '--bind', DHT_ADDRESS, '--seconds', DHT_S + 2],
                           separate=True)
            node.wait_for('ready', 10)
            load = Process(lab, 'load', [self.options.dht, 'load', '--to', DHT_ADDRESS, '--rate', rate,
                                         '--seconds', DHT_S], separate=True)
            if load.wait_exit(DHT_S + 20) != 0 or node.wait_exit(20) != 0:
                raise Failure(f'bt-dht failed: {node.error_output()}{load.error_output()}')
            asked = read_json_lines(load.output())[-1]
            facts = read_json_lines(node.output())[-1]
            # What is sent at once may be lost; what is asked is answered.
            if asked['answers'] < asked['sent'] * 0.98:
                raise Failure(f'{asked["answers"]} answers to {asked["sent"]} questions')
            return {'core_percent': facts['cpu_s'] / DHT_S * 100,
                    'packet_us': facts['cpu_s'] / facts['queries_in'] * 1e6}


    def magnet(self, kind):
        """From a link with a peer's address to the description, of some 200 KiB."""
        with self.lab() as lab:
            content = Content('many', {f'folder {i % 7}/{i:04} {"long " * 12}.bin': bytes([i % 256]) * 20
                                       for i in range(2000)})
            torrent = Torrent(lab.path('many.torrent'), content)
            source = lab.make_folder('source')
            content.write(source)
            seed = Libtorrent(lab, [torrent], source, is_seed=True, trackers=False)
            seed.wait_ready(60)
            ip = lab.address()
            link = f'magnet:?xt=urn:btih:{torrent.hash.hex()}&x.pe={seed.ip}:{seed.port}'
            if kind == 'freshet':
                command = [self.options.seek, link, f'{ip}:{harness.free_port(ip)}', lab.path('found.torrent')]
            else:
                command = ['/usr/bin/python3', '-W', 'ignore', '-c', LT_SEEK, link, f'{ip}:{harness.free_port(ip)}']
            process = Process(lab, 'seek', command, separate=True)
            if process.wait_exit(60) != 0:
                raise Failure(f'it was not found: {process.error_output()}')
            return {'found_ms': [line['ms'] for line in read_json_lines(process.output()) if 'ms' in line][-1]}


def block_list_lines():
    """Ranges of an eMule list that do not touch, in the order of their addresses, as those lists are."""
    source = random.Random(5)
    step = (224 << 24) // N_RANGES
    dotted = '{:03}.{:03}.{:03}.{:03}'.format
    for number in range(N_RANGES):
        first = number * step + source.randrange(step // 2)
        last = first + source.randrange(step // 2 - 1)
        yield (f'{dotted(*first.to_bytes(4, "big"))} - {dotted(*last.to_bytes(4, "big"))} , 000 , '
               f'Some Organisation {number % 5000}, Ltd.\n')


LT_SEEK = '''
import json, sys, time
import libtorrent as lt
link, at = sys.argv[1:]
off = dict.fromkeys(('enable_dht', 'enable_lsd', 'enable_upnp', 'enable_natpmp'), False)
session = lt.session(dict(off, listen_interfaces=at, allow_multiple_connections_per_ip=True, enable_outgoing_utp=False))
wanted = lt.parse_magnet_uri(link)
wanted.save_path = '/nonexistent'
wanted.flags |= lt.torrent_flags.upload_mode
began = time.monotonic()
torrent = session.add_torrent(wanted)
while not torrent.status().has_metadata:
    time.sleep(0.001)
print(json.dumps({'ms': round((time.monotonic() - began) * 1000)}), flush=True)
'''
COPY = '''
import socket, sys, time
role, ip, port, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if role == "send":
    server = socket.create_server((ip, port)); print("ready", flush=True)
    peer = server.accept()[0]; block = bytes(1 << 20); left = size
    while left > 0: left -= peer.send(block[:left])
    peer.shutdown(socket.SHUT_WR); peer.recv(1)
else:
    peer = socket.create_connection((ip, port)); since = time.monotonic(); got = 0; room = bytearray(1 << 20)
    while got < size: got += peer.recv_into(room)
    print("seconds", time.monotonic() - since, flush=True)
'''


class WanPath:
    """Two namespaces with netlab's switch between them."""
    near, far = '10.99.0.1', '10.99.0.2'

    def __init__(self, lab):
        self.lab = lab
        self.names = [f'freshet-{os.getpid()}-{side}' for side in ('near', 'far')]
        self.wrap_near, self.wrap_far = (['ip', 'netns', 'exec', name] for name in self.names)

    def __enter__(self):
        ports = [f'ns={name},addr={ip}/24,delay={WAN_DELAY_MS / 4}ms,up={WAN_RATE_MBIT}mbit,queue=4m'
                 for name, ip in zip(self.names, (self.near, self.far))]
        self.process = Process(self.lab, 'netlab', [self.lab.options.netlab, *ports])
        self.process.wait_for('ready', 10)
        # The path holds 6 MB; the usual 4 MiB of buffers would be the limit instead of it.
        for wrap in (self.wrap_near, self.wrap_far):
            subprocess.run([*wrap, 'sysctl', '-qw', 'net.ipv4.tcp_wmem=4096 65536 33554432',
                            'net.ipv4.tcp_rmem=4096 131072 33554432'], check=True)
        return self

    def __exit__(self, *details):
        self.process.stop()

    def copy(self, n_bytes):
        sender = Process(self.lab, 'send', [*self.wrap_near, harness.PYTHON, '-c', COPY, 'send', self.near, 7777,
                                            n_bytes])
        sender.wait_for('ready', 10)
        receiver = Process(self.lab, 'take', [*self.wrap_far, harness.PYTHON, '-c', COPY, 'take', self.near, 7777,
                                              n_bytes])
        seconds = float(receiver.wait_for(r'seconds ([\d.]+)', self.lab.options.limit).string.split()[1])
        return {'mb_per_s': n_bytes / seconds / 1e6, 'seconds': seconds}


SCENARIOS = {
    'download': (Bench.download, ['freshet', 'libtorrent', 'qbittorrent', 'aria2', 'transmission']),
    'seed': (Bench.seed, ['freshet', 'libtorrent', 'qbittorrent', 'aria2', 'transmission']),
    'check': (Bench.check, ['freshet', 'libtorrent']),
    'idle': (Bench.idle, ['freshet', 'libtorrent']),
    'wan': (Bench.wan, ['tcp', 'freshet', 'libtorrent']),
    'start': (Bench.start, ['freshet', 'transmission', 'qbittorrent']),
    'alive': (Bench.alive, ['freshet', 'transmission']),
    'window': (Bench.window, ['freshet']),
    'window-rate': (Bench.window_rate, ['cli', 'window']),
    'block-list': (Bench.block_list, ['plain', 'packed']),
    'state': (Bench.download, ['without', 'with']),
    'dht': (Bench.dht, ['100', '190']),
    'magnet': (Bench.magnet, ['freshet', 'libtorrent']),
    'utp': (Bench.utp, list(TRANSPORTS)),
}
# Kinds that are one client in several ways.
CLIENT_OF = dict(dict.fromkeys(('plain', 'packed', 'without', 'with', 'cli', 'window', '100', '190'), 'freshet'),
                 **{kind: kind.split('-')[0] for kind in TRANSPORTS})
# What else is in a table than the transfers' columns: heading, key, decimals.
COLUMNS = {
    'start': [('list s', 'list_s', 2), ('peak MB', 'resident_mb', 0), ('quit s', 'quit_s', 2)],
    'alive': [('cores', 'cores', 3), ('RSS MB', 'resident_mb', 0), ('anon MB', 'anonymous_mb', 0),
              ('list s', 'list_s', 2), ('alive s', 'alive_s', 2), ('CPU s then', 'start_cpu_s', 2),
              ('quit s', 'quit_s', 2)],
    'window': [('shown ms', 'shown_ms', 0), ('max ms', 'max_ms', 0), ('> 33 ms', 'over', 0),
               ('CPU > 33', 'cpu_over', 0), ('more MB', 'more_mb', 0)],
    'window-rate': [('MB/s', 'mb_per_s', 0), ('seconds', 'seconds', 2), ('CPU s', 'cpu_s', 2)],
    'block-list': [('load s', 'load_s', 2), ('look-up ns', 'lookup_ns', 0)],
    'dht': [('% of a core', 'core_percent', 3), ('us a packet', 'packet_us', 1)],
    'magnet': [('found ms', 'found_ms', 0)],
    'utp': [('MB/s', 'mb_per_s', 0), ('CPU s/GB', 'cpu_s_per_gb', 2), ('seed s/GB', 'seed_cpu_s_per_gb', 2),
            ('peak MB', 'resident_mb', 0)],
}
NOTES = {
    'start': 'torrents at rest, 400 pieces and 4 files each; on disk, in the page cache',
    'alive': f'torrents that run, half of them complete, with dead trackers; on disk; cores over {STEADY_S} s',
    'window': 'from the loaded engine to the first rows; frames; memory above the engine alone; cairo under Xvfb',
    'window-rate': 'one torrent, by the load generator’s clock: without a window, and with it',
    'block-list': f'{N_RANGES} ranges',
    'dht': f'a node that only answers so many packets a second, over {DHT_S} s; it limits them to 200',
    'magnet': 'from the link to the description of 200 KiB, of one libtorrent that has it; without the program’s start',
    'utp': 'one seed to one downloader of the same client over loopback; rc4 is over TCP',
    'state': 'the same download several times over, without a state file and with one, checkpoints included',
}


# ---- The table -------------------------------------------------------------------------------------------------

def print_plain_table(scenario, kinds, results):
    """The medians of some columns, and the first column's rounds."""
    columns = COLUMNS[scenario]
    print(f'{"":18}' + ''.join(f'{heading:>11}' for heading, _, _ in columns) + '  rounds')
    for kind in kinds:
        rounds = [result for result in results if result['scenario'] == scenario and result['client'] == kind]
        good = [result for result in rounds if 'error' not in result]
        if not good:
            print(f'{kind:18}  ' + (f'failed: {rounds[0]["error"]}' if rounds else 'not run'))
            continue
        notes = ''.join(f' {result[columns[0][1]]:.2f}' for result in good)
        if len(good) < len(rounds):
            notes += f'  ({len(rounds) - len(good)} failed)'
        print(f'{kind:18}' + ''.join(f'{statistics.median(result[key] for result in good):11.{places}f}'
                                     for _, key, places in columns) + ' ' + notes, flush=True)


def print_table(scenario, kinds, results):
    print(f'\n{scenario}' + (f': {NOTES[scenario]}' if scenario in NOTES else ''))
    if scenario in COLUMNS:
        print_plain_table(scenario, kinds, results)
        return
    print(f'{"":14}{"MB/s":>8}{"CPU s/GB":>10}{"peak MB":>9}{"anon MB":>9}  rounds')
    medians = {}
    for kind in kinds:
        rounds = [result for result in results if result['scenario'] == scenario and result['client'] == kind]
        good = [result for result in rounds if 'error' not in result]
        if not good:
            print(f'{kind:14}' + (f'failed: {rounds[0]["error"]}' if rounds else 'not run'))
            continue
        middle = {key: statistics.median(result.get(key, 0) for result in good)
                  for key in ('mb_per_s', 'cpu_s_per_gb', 'resident_mb', 'anonymous_mb', 'ratio')}
        medians[kind] = middle
        notes = ''.join(f' {result["mb_per_s"]:.0f}' + ('*' if result.get('is_partial') else '') for result in good)
        if len(good) < len(rounds):
            notes += f'  ({len(rounds) - len(good)} failed)'
        if middle['ratio']:
            notes += f'  CPU with {N_IDLE} idle: {middle["ratio"]:.2f} of without'
        if scenario == 'wan' and 'tcp' in medians and kind != 'tcp':
            notes += f'  {middle["mb_per_s"] / medians["tcp"]["mb_per_s"]:.2f} of a plain copy'
        print(f'{kind:14}{middle["mb_per_s"]:8.0f}{middle["cpu_s_per_gb"]:10.2f}{middle["resident_mb"]:9.0f}'
              f'{middle["anonymous_mb"]:9.0f} {notes}', flush=True)


def build_netlab(options):
    """netlab lies beside the repository, when somebody put it there."""
    folder = HERE
    while folder != '/':
        source = os.path.join(folder, 'shared', 'tools', 'netlab.c')
        if os.path.exists(source):
            target = os.path.join(os.path.dirname(options.loadgen), 'netlab')
            subprocess.run(['cc', '-O2', '-w', '-o', target, source, '-lm'], check=True)
            return target
        folder = os.path.dirname(folder)
    return None


def parse_size(text):
    return int(text[:-1]) << {'K': 10, 'M': 20, 'G': 30}[text[-1]]


def parse_options():
    top = os.path.join(HERE, '..', '..')
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--scenario', default=','.join(SCENARIOS), help='some of: ' + ','.join(SCENARIOS))
    parser.add_argument('--only', help='clients to run, of: freshet,libtorrent,qbittorrent,aria2,transmission')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--size', default='1G')
    parser.add_argument('--check-size', default='4G')
    parser.add_argument('--wan-size', default='512M')
    parser.add_argument('--utp-size', default='256M')
    parser.add_argument('--rate-size', default='4G')
    parser.add_argument('--torrents', type=int, default=10000, help='that are in the states for `start` and `alive`')
    parser.add_argument('--times', type=int, default=8, help='how often `state` downloads the same')
    parser.add_argument('--limit', type=int, default=60, help='seconds after which a transfer is cut short')
    parser.add_argument('--json', metavar='FILE', help='also writes every round here')
    parser.add_argument('--folder', help='the data lies beneath it instead of on tmpfs')
    parser.add_argument('--keep', action='store_true', help='leave the folders')
    parser.add_argument('--freshet-cli', default=os.path.join(top, 'build-bench/src/cli/freshet-cli'))
    parser.add_argument('--measure', default=os.path.join(top, 'build-bench/tests/bench/bt-measure'))
    parser.add_argument('--window', default=os.path.join(top, 'build-bench/tests/bench/bt-window'))
    parser.add_argument('--seek', default=os.path.join(top, 'build-bench/tests/interop/bt-seek'))
    parser.add_argument('--dht', default=os.path.join(top, 'build-bench/tests/bench/bt-dht'))
    parser.add_argument('--loadgen', default=os.path.join(top, 'build-bench/tests/bench/bt-loadgen'))
    options = parser.parse_args()
    options.size_bytes = parse_size(options.size)
    options.wan_bytes = parse_size(options.wan_size)
    options.rate_bytes = parse_size(options.rate_size)
    for name in ('freshet_cli', 'measure', 'window', 'dht', 'seek', 'loadgen'):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    return options


def choose_kinds(options, scenario):
    kinds = SCENARIOS[scenario][1]
    if options.only:
        wanted = options.only.split(',')
        kinds = [kind for kind in kinds if CLIENT_OF.get(kind, kind) in wanted or kind == 'tcp']
    if not os.path.exists(options.freshet_cli):
        kinds = [kind for kind in kinds if kind != 'freshet']
    return kinds


def run_scenario(bench, options, scenario, results):
    run = SCENARIOS[scenario][0]
    kinds = choose_kinds(options, scenario)
    for number in range(options.rounds):
        for kind in kinds:
            print(f'{scenario} {number + 1}/{options.rounds} {kind} … ', end='', flush=True, file=sys.stderr)
            try:
                result = run(bench, kind)
                key = COLUMNS[scenario][0][1] if scenario in COLUMNS else 'mb_per_s'
                print(f'{result[key]:.2f} {key}', file=sys.stderr)
            except (Failure, subprocess.CalledProcessError) as failure:
                result = {'error': str(failure).split('\n', maxsplit=1)[0]}
                print(f'failed: {failure}', file=sys.stderr)
            results.append(dict(result, scenario=scenario, client=kind, round=number + 1))
    print_table(scenario, kinds, results)
    if scenario == 'window-rate':
        print_rates([result for result in results if result['scenario'] == scenario])
    if scenario == 'utp':
        print_transports([result for result in results if result['scenario'] == scenario])


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    harness.enter_namespace()
    harness.raise_loopback()
    options.netlab = build_netlab(options) if 'wan' in options.scenario else None
    need = 2 * options.size_bytes + parse_size(options.check_size)
    room = shutil.disk_usage('/dev/shm').free if os.path.isdir('/dev/shm') else 0
    parent = options.folder or ('/dev/shm' if room > need else None)
    if parent is None:
        print('bench: /dev/shm is too small: the disk is measured too', file=sys.stderr)
    results = []
    with Lab(options, parent) as lab, Lab(options) as disk:
        for scenario in options.scenario.split(','):
            if scenario == 'wan' and not (options.netlab and os.getuid() == 0):
                print('\nwan\nskipped: needs root, and netlab.c beside the repository')
                continue
            run_scenario(Bench(options, lab.folder, disk.folder), options, scenario, results)
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as out:
            json.dump(results, out, indent=1)
    return 1 if any('error' in result for result in results) else 0


if __name__ == '__main__':
    sys.exit(main())
