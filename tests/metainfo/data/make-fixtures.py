#!/usr/bin/python3
# Makes the fixtures beside it with libtorrent (Debian's python3-libtorrent), in base64 so that they are text.
# SPDX-License-Identifier: GPL-3.0-or-later

import base64
import os
import tempfile

import libtorrent as lt

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = {"multi/a.bin": (40000, 3), "multi/b/c.txt": (100, 5), "multi/b/empty": (0, 1), "multi/z.bin": (16384, 7),
         "single.bin": (100000, 11)}


def content(n_bytes, seed):
    """The same as fill_content() in test-v2.c."""
    return bytes((i * seed + (i >> 8) * 7) & 0xFF for i in range(n_bytes))


def make(root, path, name, flags):
    storage = lt.file_storage()
    lt.add_files(storage, os.path.join(root, path))
    torrent = lt.create_torrent(storage, 16384, flags)
    lt.set_piece_hashes(torrent, root)
    torrent.add_tracker("http://tracker.example/announce")
    data = lt.bencode(torrent.generate())
    hashes = lt.torrent_info(lt.bdecode(data)).info_hashes()
    print(name, hashes.v1, hashes.v2)
    with open(os.path.join(HERE, name + ".b64"), "wb") as out:
        out.write(base64.encodebytes(data))


with tempfile.TemporaryDirectory() as folder:
    for file_path, (length, file_seed) in FILES.items():
        full = os.path.join(folder, file_path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content(length, file_seed))
    make(folder, "multi", "multi-hybrid", 0)
    make(folder, "multi", "multi-v2", lt.create_torrent.v2_only)
    make(folder, "single.bin", "single-hybrid", 0)
    make(folder, "single.bin", "single-v2", lt.create_torrent.v2_only)
