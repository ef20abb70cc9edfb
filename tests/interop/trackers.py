"""Trackers that misbehave, and one that remembers what it was told; all in threads of the test.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import http.server
import os
import threading
import urllib.parse

import harness
from torrents import bencode


class Server:
    """An HTTP server whose answers a function gives; `answer(handler)` may do what it likes with the connection."""

    def __init__(self, ip, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    answer(self)
                except OSError:
                    pass
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.is_closing = threading.Event()
        self.http = http.server.ThreadingHTTPServer((ip, 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.http.is_closing = self.is_closing
        self.url = f'http://{ip}:{self.http.server_address[1]}/announce'
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.is_closing.set()
        self.http.shutdown()
        self.http.server_close()


def send(handler, body, status=200, **headers):
    handler.send_response(status)
    handler.send_header('Content-Length', str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def answer_never(handler):
    handler.server.is_closing.wait(120)


def answer_drop_by_drop(handler):
    """A body that never ends, one byte at a time."""
    handler.send_response(200)
    handler.send_header('Content-Length', '1000')
    handler.end_headers()
    while not handler.server.is_closing.wait(0.2):
        handler.wfile.write(b'd')
        handler.wfile.flush()


def answer_rubbish(handler):
    send(handler, os.urandom(5000))


def answer_wrong_types(handler):
    send(handler, b'd8:intervald1:ai1ee5:peersi77e10:tracker idl1:aee')


def answer_odd_peers(handler):
    send(handler, bencode({'interval': -5, 'complete': 1 << 80, 'peers': b'\0' * 6 + b'\x0a\x4d\0\x01\0\0' + b'abc'}))


def answer_redirect(handler):
    send(handler, b'', 302, Location=f'http://{handler.headers["Host"]}{handler.path}&again=1')


def answer_huge(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'd8:intervali1800e5:peers99999999:')
    block = b'x' * 65536
    for _ in range(2000):
        handler.wfile.write(block)


def answer_refusal(handler):
    send(handler, bencode({'failure reason': 'not here, ' + 'never ' * 50}))


def answer_error(handler):
    send(handler, b'<html>broken</html>', 500)


FAULTS = {
    'slow': answer_never,
    'dripping': answer_drop_by_drop,
    'rubbish': answer_rubbish,
    'wrong types': answer_wrong_types,
    'odd peers': answer_odd_peers,
    'redirecting for ever': answer_redirect,
    'huge': answer_huge,
    'refusing': answer_refusal,
    'broken': answer_error,
}


class RecordingTracker(Server):
    """Hands out no peers, and keeps the parameters of every announce."""

    def __init__(self, ip):
        self.announces = []

        def answer(handler):
            query = urllib.parse.urlsplit(handler.path).query
            self.announces.append(dict(urllib.parse.parse_qsl(query, encoding='latin-1')))
            send(handler, bencode({'interval': 1800, 'peers': b''}))

        super().__init__(ip, answer)

    def events(self):
        return [announce.get('event', '') for announce in self.announces]


def dead_url(ip):
    """Where nobody listens."""
    return f'http://{ip}:{harness.free_port(ip)}/announce'
