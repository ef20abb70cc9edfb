#!/usr/bin/python3
"""libtorrent as a client: loads .torrent files or magnet links and says in JSON lines what happens. Discovery is off.

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


def make_session(options):
    settings = {
        'listen_interfaces': options.listen,
        'outgoing_interfaces': options.listen.rsplit(':', 1)[0],
        'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
        'enable_incoming_utp': False, 'enable_outgoing_utp': False,
        'in_enc_policy': 2, 'out_enc_policy': 2,
        'allow_multiple_connections_per_ip': True, 'ssrf_mitigation': False,
        'connections_limit': options.connections, 'unchoke_slots_limit': options.slots,
        'connection_speed': 200, 'torrent_connect_boost': 60, 'min_reconnect_time': 1,
        'close_redundant_connections': False, 'seeding_outgoing_connections': True,
        'active_limit': -1, 'active_seeds': -1, 'active_downloads': -1,
        'announce_to_all_trackers': True, 'announce_to_all_tiers': True,
        'stop_tracker_timeout': 1, 'peer_connect_timeout': 5, 'hashing_threads': options.hashing_threads,
        'alert_mask': lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    }
    return lt.session(settings)


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


def obey(line, handles):
    words = line.split()
    for handle in handles:
        if words[:1] == ['connect']:
            ip, port = words[1].rsplit(':', 1)
            handle.connect_peer((ip, int(port)))
        elif words[:1] == ['recheck']:
            handle.force_recheck()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('torrents', nargs='+')
    parser.add_argument('--directory', required=True)
    parser.add_argument('--listen', required=True)
    parser.add_argument('--trust', action='store_true', help='the content is there: do not check it')
    parser.add_argument('--once', action='store_true')
    parser.add_argument('--no-trackers', action='store_true')
    parser.add_argument('--connections', type=int, default=500)
    parser.add_argument('--slots', type=int, default=50)
    parser.add_argument('--hashing-threads', type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: STOPPED.append(True))

    session = make_session(options)
    handles = [add(session, path, options) for path in options.torrents]
    is_seeding = [False] * len(handles)
    is_open = True
    say(event='listening', port=session.listen_port())
    while not STOPPED:
        session.wait_for_alert(50)
        for alert in session.pop_alerts():
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
