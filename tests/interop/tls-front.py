#!/usr/bin/python3
"""Puts TLS before a server: what comes to --port, of any address, is passed on, deciphered, to --to. Prints a line when
it is ready, and one for each connection that came to an understanding.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import argparse
import socket
import ssl
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    # The other direction may have more to say.
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(plain, context, target):
    try:
        with context.wrap_socket(plain, server_side=True) as client, socket.create_connection(target) as server:
            print('connection', flush=True)
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()
    except OSError:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--ip', required=True, help='of the server')
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--to', type=int, required=True, help='the port of the server')
    parser.add_argument('--certificate', required=True, help='a PEM file of it and its key')
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate)
    listener = socket.create_server(('', options.port), family=socket.AF_INET6, dualstack_ipv6=True)
    print('ready', flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], context, (options.ip, options.to)),
                         daemon=True).start()


main()
