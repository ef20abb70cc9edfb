#!/usr/bin/python3
"""Speaks TLS for a server that does not: what comes to a port is passed on to another one. Makes its certificate.

  tls-front.py FOLDER NAMES IP PORT TARGET [PORT TARGET]…

All servers are at IP.

The certificate, for NAMES with commas between them, is FOLDER/front.pem. Says `ready`.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import asyncio
import os
import ssl
import subprocess
import sys

CHUNK = 64 * 1024


def make_certificate(folder, names):
    """(certificate, key), as files."""
    certificate, key = os.path.join(folder, 'front.pem'), os.path.join(folder, 'front-key.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-days', '2', '-subj', f'/CN={names[0]}', '-addext',
                    'subjectAltName=' + ','.join(f'DNS:{name}' for name in names), '-keyout', key, '-out', certificate],
                   check=True, capture_output=True)
    return certificate, key


async def pump(reader, writer):
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def pass_on_to(ip, port):
    async def serve(reader, writer):
        to_reader, to_writer = await asyncio.open_connection(ip, port)
        await asyncio.gather(pump(reader, to_writer), pump(to_reader, writer))
    return serve


async def main(folder, names, ip, *ports):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(folder, names.split(',')))
    for port, target in zip(ports[::2], ports[1::2]):
        for any_ip in ('::', '0.0.0.0'):
            await asyncio.start_server(pass_on_to(ip, int(target)), any_ip, int(port), ssl=context)
    print('ready', flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
