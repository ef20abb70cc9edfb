#!/usr/bin/python3
"""A name server that knows every name beneath `test`, and says who asked for what.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import contextlib
import socket
import struct

A, AAAA = 1, 28


def read_name(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode('ascii'))
        at += query[at] + 1
    return '.'.join(labels).lower(), at + 1


def answer(query, options):
    name, end = read_name(query)
    kind, = struct.unpack('!H', query[end:end + 2])
    print(name, kind, flush=True)
    data = b''
    if kind == A and options.a:
        data = socket.inet_aton(options.a)
    elif kind == AAAA and options.aaaa:
        data = socket.inet_pton(socket.AF_INET6, options.aaaa)
    is_known = name.endswith('.test')
    head = query[:2] + struct.pack('!HHHHH', 0x8580 | (0 if is_known else 3), 1, 1 if data and is_known else 0, 0, 0)
    body = query[12:end + 4]
    if data and is_known:
        body += struct.pack('!HHHIH', 0xc00c, kind, 1, 1, len(data)) + data
    return head + body


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--ip', required=True)
    parser.add_argument('--a', help='the IPv4 address of every name')
    parser.add_argument('--aaaa', help='the IPv6 address of every name')
    options = parser.parse_args()
    family = socket.AF_INET6 if ':' in options.ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((options.ip, 53))
        print('ready', flush=True)
        while True:
            query, address = server.recvfrom(4096)
            # There may be no way back at the moment.
            with contextlib.suppress(OSError):
                server.sendto(answer(query, options), address)


main()
