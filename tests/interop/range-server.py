#!/usr/bin/python3
"""Gives a folder away over HTTP/1.1 with ranges, as a web seed (BEP 19), and misbehaves when it is told to.

  range-server.py FOLDER --ip ADDRESS [--fault NAME] [--every N]

Says `port N`, then a line for each request: its path and range.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import http.server
import os
import re
import threading
import time
import urllib.parse

CHUNK = 64 * 1024
FAULTS = ('none', 'no-ranges', 'short', 'other-range', 'no-content-range', 'longer-file', 'status-403', 'status-404',
          'status-416', 'status-500', 'status-503', 'redirect', 'redirect-loop', 'redirect-to-file', 'corrupt', 'slow',
          'huge-head', 'no-length', 'chunked', 'endless', 'gzip', 'no-keep-alive')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *_):
        print(self.path, self.headers.get('Range'), flush=True)

    def refuse(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', '6')
        self.end_headers()
        self.wfile.write(b'error\n')

    def find_file(self):
        root = os.path.realpath(self.server.folder)
        path = os.path.realpath(os.path.join(root, urllib.parse.unquote(self.path.split('?')[0]).lstrip('/')))
        return path if path.startswith(root + os.sep) and os.path.isfile(path) else None

    def do_GET(self):
        fault = self.server.next_fault()
        path = self.find_file()
        if path is None:
            self.refuse(404)
        elif fault == 'status-503':
            self.refuse(503, Retry_After='1')
        elif fault.startswith('status-'):
            self.refuse(int(fault[7:]))
        elif fault == 'redirect-to-file':
            self.refuse(302, Location='file://' + path)
        elif fault == 'redirect-loop' or (fault == 'redirect' and 'again' not in self.path):
            self.refuse(302, Location=self.path.split('?')[0] + '?again')
        else:
            self.answer(path, fault)

    def send_head(self, first, last, size, status, fault):
        self.send_response(status)
        if status == 206 and fault != 'no-content-range':
            self.send_header('Content-Range', f'bytes {first}-{last}/{size + (fault == "longer-file")}')
        if fault == 'huge-head':
            self.send_header('X-Fill', 'A' * 300000)
        if fault == 'gzip':
            self.send_header('Content-Encoding', 'gzip')
        if fault in ('chunked', 'endless'):
            self.send_header('Transfer-Encoding', 'chunked')
        elif fault != 'no-length':
            self.send_header('Content-Length', str(last - first + 1))
        if fault in ('no-length', 'no-keep-alive', 'short'):
            self.send_header('Connection', 'close')
            self.close_connection = True
        self.end_headers()

    def answer(self, path, fault):
        size = os.path.getsize(path)
        first, last, status = 0, size - 1, 200
        asked = re.fullmatch(r'bytes=(\d+)-(\d+)', self.headers.get('Range') or '')
        if asked and fault != 'no-ranges':
            first, last, status = int(asked[1]), min(int(asked[2]), size - 1), 206
        if fault == 'other-range' and status == 206:
            first = min(first + 1, last)
        if first > last:
            self.refuse(416)
            return
        try:
            self.send_head(first, last, size, status, fault)
            with open(path, 'rb') as file:
                file.seek(first)
                self.send_body(file, last - first + 1, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send_body(self, file, left, fault):
        if fault == 'short':
            left //= 2
        while left > 0:
            data = file.read(min(CHUNK, left))
            left -= len(data)
            if fault == 'corrupt':
                data = bytes([data[0] ^ 0xff]) + data[1:]
            if fault == 'slow':
                for at in range(0, len(data), 500):
                    self.wfile.write(data[at:at + 500])
                    time.sleep(0.25)
            elif fault in ('chunked', 'endless'):
                self.wfile.write(b'%x\r\n%s\r\n' % (len(data), data))
            else:
                self.wfile.write(data)
        while fault == 'endless':
            self.wfile.write(b'%x\r\n%s\r\n' % (CHUNK, bytes(CHUNK)))
        if fault == 'chunked':
            self.wfile.write(b'0\r\n\r\n')


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options):
        super().__init__((options.ip, options.port), Handler)
        self.folder = options.folder
        self.fault = options.fault
        self.every = options.every
        self.n_requests = 0
        self.lock = threading.Lock()

    def next_fault(self):
        with self.lock:
            self.n_requests += 1
            return self.fault if self.n_requests % self.every == 0 else 'none'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder')
    parser.add_argument('--ip', default='127.0.0.1')
    parser.add_argument('--port', type=int, default=0, help='in a namespace of its own; otherwise any free one')
    parser.add_argument('--fault', choices=FAULTS, default='none')
    parser.add_argument('--every', type=int, default=1, help='only every so manieth request fails')
    server = Server(parser.parse_args())
    print('port', server.server_address[1], flush=True)
    server.serve_forever()


main()
