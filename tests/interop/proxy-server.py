#!/usr/bin/python3
"""A proxy: SOCKS5 (with UDP) and HTTP on one port. Prints its port, then what it is asked, a line each.

Every name beneath `test` is the address given by --name-is; no other name is known. --record FILE keeps every byte that
clients send through it, for the test to look at.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import base64
import io
import select
import socket
import struct
import threading

OPTIONS = None
LOCK = threading.Lock()


def say(*words):
    with LOCK:
        print(*words, flush=True)


def record(data):
    if OPTIONS.record:
        with LOCK, open(OPTIONS.record, 'ab') as out:
            out.write(data)


def resolve(host):
    if host.endswith('.test'):
        return OPTIONS.name_is
    socket.inet_pton(socket.AF_INET6 if ':' in host else socket.AF_INET, host)
    return host


def read(client, n):
    data = b''
    while len(data) < n:
        more = client.recv(n - len(data))
        if not more:
            raise OSError('the client is gone')
        data += more
    return data


def dial(host, port):
    say('connect', host, port)
    return socket.create_connection((resolve(host), port), 10)


def pump(client, server):
    ends = {client: server, server: client}
    while True:
        for one in select.select(list(ends), [], [])[0]:
            data = one.recv(65536)
            if not data:
                return
            if one is client:
                record(data)
            ends[one].sendall(data)


# ---- SOCKS5 ----------------------------------------------------------------------------------------------------

def parse_address(kind, get):
    """`get(n)` gives the next n bytes."""
    if kind == 1:
        host = socket.inet_ntop(socket.AF_INET, get(4))
    elif kind == 4:
        host = socket.inet_ntop(socket.AF_INET6, get(16))
    elif kind == 3:
        host = get(get(1)[0]).decode()
    else:
        raise OSError('no such kind of address')
    return host, struct.unpack('>H', get(2))[0]


def pack_address(host, port):
    if ':' in host:
        return b'\4' + socket.inet_pton(socket.AF_INET6, host) + struct.pack('>H', port)
    return b'\1' + socket.inet_pton(socket.AF_INET, host) + struct.pack('>H', port)


def make_udp(ip):
    udp = socket.socket(socket.AF_INET6 if ':' in ip else socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((ip, 0))
    return udp


def relay_out(data, outers):
    """What nobody is to be found for is dropped."""
    source = io.BytesIO(data[4:])
    host, port = parse_address(data[3], source.read)
    payload = source.read()
    say('udp', host, port)
    record(payload)
    try:
        ip = resolve(host)
        outers[':' in ip].sendto(payload, (ip, port))
    except OSError:
        pass


def relay(client):
    ip4 = '0.0.0.0' if ':' in OPTIONS.ip else OPTIONS.ip
    with make_udp(OPTIONS.ip) as inner, make_udp(ip4) as outer4, make_udp('::') as outer6:
        client.sendall(b'\5\0\0' + pack_address(*inner.getsockname()[:2]))
        owner = None
        while True:
            ready = select.select([client, inner, outer4, outer6], [], [])[0]
            if client in ready and not client.recv(100):
                return
            if inner in ready:
                data, owner = inner.recvfrom(65536)
                relay_out(data, (outer4, outer6))
            for outer in (outer4, outer6):
                if outer in ready and owner:
                    data, source = outer.recvfrom(65536)
                    inner.sendto(b'\0\0\0' + pack_address(*source[:2]) + data, owner)


def log_in(client):
    methods = read(client, read(client, 1)[0])
    if OPTIONS.user is None:
        client.sendall(b'\5\0')
        return True
    if 2 not in methods:
        client.sendall(b'\5\xff')
        return False
    client.sendall(b'\5\2')
    read(client, 1)
    words = [read(client, read(client, 1)[0]).decode() for _ in range(2)]
    is_right = words == [OPTIONS.user, OPTIONS.password]
    client.sendall(b'\1\0' if is_right else b'\1\1')
    return is_right


def serve_socks(client):
    if not log_in(client):
        say('refused')
        return
    _, command, _, kind = read(client, 4)
    host, port = parse_address(kind, lambda n: read(client, n))
    if command == 3:
        say('associate')
        relay(client)
        return
    try:
        server = dial(host, port)
    except OSError:
        client.sendall(b'\5\4\0\1' + bytes(6))
        return
    with server:
        client.sendall(b'\5\0\0' + pack_address(*server.getsockname()[:2]))
        pump(client, server)


# ---- HTTP ------------------------------------------------------------------------------------------------------

def is_welcome(head):
    if OPTIONS.user is None:
        return True
    words = base64.b64encode(f'{OPTIONS.user}:{OPTIONS.password}'.encode())
    return b'\r\nProxy-Authorization: Basic ' + words + b'\r\n' in head


def serve_http(client, head):
    while not head.endswith(b'\r\n\r\n'):
        head += read(client, 1)
    if not is_welcome(head):
        say('refused')
        client.sendall(b'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
        serve_http(client, b'')
        return
    method, target, version = head.split(b'\r\n')[0].split()
    is_connect = method == b'CONNECT'
    where = target.decode() if is_connect else target.decode().split('/')[2]
    host, _, port = where.rpartition(':')
    try:
        server = dial(host.strip('[]'), int(port))
    except OSError:
        client.sendall(b'HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return
    with server:
        if is_connect:
            client.sendall(b'HTTP/1.1 200 Yes\r\nVia: 1.1 test\r\n\r\n')
        else:
            path = b'/' + target.split(b'/', 3)[3]
            head = head.replace(target, path, 1)
            record(head)
            server.sendall(head)
        pump(client, server)


def serve(client):
    with client:
        try:
            first = read(client, 1)
            if first == b'\5':
                serve_socks(client)
            else:
                serve_http(client, first)
        except (OSError, ValueError):
            pass


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--ip', default='127.0.0.1')
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--name-is', default='127.0.0.1')
    parser.add_argument('--user')
    parser.add_argument('--password', default='')
    parser.add_argument('--record')
    OPTIONS = parser.parse_args()
    listener = socket.create_server((OPTIONS.ip, OPTIONS.port),
                                    family=socket.AF_INET6 if ':' in OPTIONS.ip else socket.AF_INET)
    say('port', listener.getsockname()[1])
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


main()
