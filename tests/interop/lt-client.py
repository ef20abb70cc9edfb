#!/usr/bin/python3
"""libtorrent as a client: loads .torrent files or magnet links and says in JSON lines what happens. The DHT and local
discovery are off unless asked for. Without torrents it is a node of the DHT, and says once a second what it knows.

Reads commands from standard input: "connect IP:PORT", "recheck". Ends on SIGTERM, or with --once when all is complete.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import json
import select
import signal
import sys
import time

import libtorrent as lt

STOPPED = []


def say(**fields):
    print(json.dumps(dict(fields, at=round(time.monotonic(), 6))), flush=True)


def split_address(text):
    ip, port = text.rsplit(':', 1)
    return ip.strip('[]'), int(port)


def make_encryption(policy, level):
    return {'in_enc_policy': policy, 'out_enc_policy': policy, 'allowed_enc_level': level, 'prefer_rc4': True}


# Policies: 0 forced, 1 enabled, 2 disabled; levels: 1 the handshake only, 2 all (RC4), 3 either.
ENCRYPTION = {'off': make_encryption(2, 3), 'prefer': make_encryption(1, 3), 'handshake': make_encryption(0, 1),
              'rc4': make_encryption(0, 2)}


def make_session(options):
    settings = {
        'listen_interfaces': options.listen,
        'outgoing_interfaces': '' if ',' in options.listen else split_address(options.listen)[0],
        'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        'enable_incoming_utp': options.utp, 'enable_outgoing_utp': options.utp,
        'enable_incoming_tcp': not options.utp, 'enable_outgoing_tcp': not options.utp,
        'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False,
        'connections_limit': options.connections, 'unchoke_slots_limit': options.slots,
        'connection_speed': 200, 'torrent_connect_boost': 60, 'min_reconnect_time': 1,
        'close_redundant_connections': False, 'seeding_outgoing_connections': True,
        'active_limit': -1, 'active_seeds': -1, 'active_downloads': -1,
        'announce_to_all_trackers': True, 'announce_to_all_tiers': True,
        'stop_tracker_timeout': 1, 'peer_connect_timeout': 5, 'hashing_threads': options.hashing_threads,
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    }
    if options.dht:
        # All nodes of a test have addresses of one private network.
        settings.update({
            'enable_dht': True, 'dht_bootstrap_nodes': '',
            'dht_restrict_routing_ips': False, 'dht_restrict_search_ips': False, 'dht_ignore_dark_internet': False,
            'dht_prefer_verified_node_ids': False, 'dht_announce_interval': 10,
        })
    settings.update(ENCRYPTION[options.encryption])
    if options.socket_buffers:
        settings.update({'recv_socket_buffer_size': options.socket_buffers,
                         'send_socket_buffer_size': options.socket_buffers})
    if options.lsd:
        settings.update({'enable_lsd': True, 'local_service_announce_interval': 30})
    if options.rate:
        settings.update({'download_rate_limit': options.rate, 'upload_rate_limit': options.rate})
    session = lt.session(settings)
    if options.rate:
        # Peers of the local network have no limit, but for this.
        everybody = lt.ip_filter()
        everybody.add_rule('0.0.0.0', '255.255.255.255', 1)
        session.set_peer_class_filter(everybody)
    return session


def add(session, path, options):
    parameters = lt.parse_magnet_uri(path) if path.startswith('magnet:') else lt.load_torrent_file(path)
    parameters.save_path = options.directory
    flags = parameters.flags & ~lt.torrent_flags.paused & ~lt.torrent_flags.auto_managed
    if options.trust:
        flags |= lt.torrent_flags.seed_mode
    if options.no_trackers:
        parameters.trackers = []
    parameters.max_connections = options.connections
    parameters.max_uploads = options.slots
    parameters.flags = flags
    return session.add_torrent(parameters)


class Dht:
    """Tells once a second what the node knows."""

    NAMES = ('dht_nodes', 'dht_torrents', 'dht_peers')

    def __init__(self, session):
        self.session = session
        self.next_at = 0

    def tick(self):
        if time.monotonic() >= self.next_at:
            self.next_at = time.monotonic() + 1
            self.session.post_session_stats()

    def take(self, alert):
        if isinstance(alert, lt.session_stats_alert):
            say(event='dht', **{name: alert.values[f'dht.{name}'] for name in self.NAMES})


class Peers:
    """Tells once of each peer how it is connected."""

    def __init__(self):
        self.told = set()

    def tick(self, handles):
        for handle in handles:
            for peer in handle.get_peer_info():
                is_open = not peer.flags & (lt.peer_info.connecting | lt.peer_info.handshake)
                if is_open and peer.ip not in self.told:
                    self.told.add(peer.ip)
                    say(event='peer', port=peer.ip[1], is_outgoing=bool(peer.flags & lt.peer_info.local_connection),
                        is_rc4=bool(peer.flags & lt.peer_info.rc4_encrypted),
                        is_handshake=bool(peer.flags & lt.peer_info.plaintext_encrypted))


def obey(line, handles):
    words = line.split()
    for handle in handles:
        if words[:1] == ['connect']:
            handle.connect_peer(split_address(words[1]))
        elif words[:1] == ['recheck']:
            handle.force_recheck()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('torrents', nargs='*')
    parser.add_argument('--directory', required=True)
    parser.add_argument('--listen', required=True)
    parser.add_argument('--trust', action='store_true', help='the content is there: do not check it')
    parser.add_argument('--once', action='store_true')
    parser.add_argument('--no-trackers', action='store_true')
    parser.add_argument('--connections', type=int, default=500)
    parser.add_argument('--slots', type=int, default=50)
    parser.add_argument('--hashing-threads', type=int, default=1)
    parser.add_argument('--dht', action='store_true')
    parser.add_argument('--bootstrap', action='append', default=[], help='IP:PORT of a node')
    parser.add_argument('--lsd', action='store_true')
    parser.add_argument('--encryption', choices=ENCRYPTION, default='off')
    parser.add_argument('--tell-peers', action='store_true')
    parser.add_argument('--utp', action='store_true', help='in place of TCP')
    parser.add_argument('--socket-buffers', type=int, help='bytes; otherwise as the kernel likes it')
    parser.add_argument('--rate', type=int, help='bytes per second, both ways')
    parser.add_argument('--connect', action='append', default=[], help='IP:PORT of a peer')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: STOPPED.append(True))

    session = make_session(options)
    handles = [add(session, path, options) for path in options.torrents]
    for address in options.connect:
        obey(f'connect {address}', handles)
    # Those that are bootstrap nodes to libtorrent are none of its table.
    for node in options.bootstrap:
        session.add_dht_node(split_address(node))
    dht = Dht(session)
    peers = Peers()
    is_seeding = [False] * len(handles)
    is_open = True
    say(event='listening', port=session.listen_port())
    while not STOPPED:
        session.wait_for_alert(50)
        if options.dht:
            dht.tick()
        if options.tell_peers:
            peers.tick(handles)
        for alert in session.pop_alerts():
            dht.take(alert)
            kind = type(alert).__name__
            if kind in ('torrent_checked_alert', 'torrent_finished_alert', 'file_error_alert', 'torrent_error_alert',
                        'tracker_error_alert', 'listen_failed_alert', 'hash_failed_alert'):
                say(event=kind[:-len('_alert')].replace('_', '-'), message=alert.message())
        for number, handle in enumerate(handles):
            if not is_seeding[number]:
                status = handle.status()
                is_seeding[number] = status.is_seeding and status.state == lt.torrent_status.seeding
                if is_seeding[number]:
                    say(event='complete', torrent=options.torrents[number])
        if options.once and all(is_seeding):
            break
        if is_open and select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            is_open = bool(line)
            obey(line, handles)
    say(event='end')
    return 0


sys.exit(main())
