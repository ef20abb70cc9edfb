"""One seed and one downloader of the same client, over loopback: TCP, TCP with RC4, uTP.

The rate counts from the first bytes of content on the loopback to the downloader's word that all is there, verified.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import time
from types import SimpleNamespace

from harness import check, wait_until
from measured import POLL_S, BenchFreshet, BenchLibtorrent, Meter, loadgen_once, print_ratio, result_of, sort_rounds

# More than two clients say before the first block.
FIRST_BYTES = 64 * 1024
# The most that one datagram carries, however many were put together; TCP needs next to none.
MAX_DATAGRAM = 64 * 1024


class EncryptedFreshet(BenchFreshet):
    encryption = 'require'


# The client, what makes it use the transport, and how it is told of a peer.
TRANSPORTS = {
    'freshet-tcp': (BenchFreshet, ['--transport', 'tcp'], '--peer'),
    'freshet-rc4': (EncryptedFreshet, ['--transport', 'tcp'], '--peer'),
    'freshet-utp': (BenchFreshet, ['--transport', 'utp'], '--peer'),
    'libtorrent-tcp': (BenchLibtorrent, [], '--connect'),
    'libtorrent-utp': (BenchLibtorrent, ['--utp'], '--connect'),
    # With the kernel's usual buffers it loses many packets here; ours asks for larger ones by itself.
    'libtorrent-utp-4m': (BenchLibtorrent, ['--utp', '--socket-buffers', 4 << 20], '--connect'),
}


def count_loopback_bytes():
    with open('/proc/net/dev', encoding='ascii') as file:
        for line in file:
            name, _, numbers = line.partition(':')
            if name.strip() == 'lo':
                return int(numbers.split()[0])
    return 0


def count_datagrams():
    with open('/proc/net/snmp', encoding='ascii') as file:
        names, numbers = (line.split() for line in file if line.startswith('Udp:'))
    return int(numbers[names.index('InDatagrams')])


def transfer(lab, kind, plain, data):
    client, words, dial = TRANSPORTS[kind]
    torrent = SimpleNamespace(path=plain, content=None)
    target = lab.make_folder('target')
    n_bytes = os.path.getsize(os.path.join(data, 'payload.bin'))
    seed = client(lab, [torrent], data, is_seed=True, trackers=False, extra=words)
    seed.wait_ready(120)
    before, datagrams_before = count_loopback_bytes(), count_datagrams()
    taker = client(lab, [torrent], target, trackers=False, extra=[*words, dial, f'{seed.ip}:{seed.port}'])
    meters = [Meter(one.process) for one in (seed, taker)]
    wait_until('they begin', lambda: count_loopback_bytes() - before > FIRST_BYTES, 30, taker.process, poll=POLL_S)
    since = time.monotonic()
    taker.wait_complete(lab.options.limit)
    result = result_of(meters[1], taker, since, n_bytes, taker.complete_at - since,
                       seed_cpu_s_per_gb=meters[0].finish(since) / (n_bytes / 1e9))
    check((count_datagrams() - datagrams_before >= n_bytes / MAX_DATAGRAM) == ('-utp' in kind),
          'the content came otherwise')
    loadgen_once(lab.options, 'compare', os.path.join(target, 'payload.bin'), '--torrent', plain)
    return result


def print_transports(results):
    rounds = sort_rounds(results)
    print_ratio(rounds, 'freshet-utp', 'freshet-tcp')
    print_ratio(rounds, 'freshet-utp', 'libtorrent-utp')
    print_ratio(rounds, 'freshet-utp', 'libtorrent-utp-4m')
    print_ratio(rounds, 'freshet-rc4', 'freshet-tcp')
    print_ratio(rounds, 'libtorrent-utp', 'libtorrent-tcp')
