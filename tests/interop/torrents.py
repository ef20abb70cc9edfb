"""Makes torrents and their content for tests, with no client's help.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import os
import random

BLOCK = 16 * 1024


def bencode(value):
    if isinstance(value, int):
        return b'i%de' % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b'%d:%s' % (len(value), value)
    if isinstance(value, list):
        return b'l' + b''.join(map(bencode, value)) + b'e'
    entries = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
    return b'd' + b''.join(bencode(key) + bencode(item) for key, item in entries) + b'e'


def bdecode(data):
    """Trusts its input: only for what the tests' own counterparts wrote."""
    def value(at):
        kind = data[at:at + 1]
        if kind == b'i':
            end = data.index(b'e', at)
            return int(data[at + 1:end]), end + 1
        if kind in (b'l', b'd'):
            items = []
            at += 1
            while data[at:at + 1] != b'e':
                item, at = value(at)
                items.append(item)
            return (items if kind == b'l' else dict(zip(items[::2], items[1::2]))), at + 1
        colon = data.index(b':', at)
        end = colon + 1 + int(data[at:colon])
        return data[colon + 1:end], end
    return value(0)[0]


class Content:
    """A tree of files: {relative path: bytes}. One file without a folder makes a single-file torrent."""

    def __init__(self, name, files):
        self.name = name
        self.files = files
        self.is_single = list(files) == ['']

    def write(self, folder):
        for path, data in self.files.items():
            target = os.path.join(folder, self.name, path) if path else os.path.join(folder, self.name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, 'wb') as out:
                out.write(data)
        return folder

    def joined(self):
        return b''.join(self.files.values())

    def compare(self, folder, may_miss_empty=False):
        """A list of what differs; empty when every byte is right and nothing else lies there."""
        top = os.path.join(folder, self.name)
        if self.is_single:
            found = {''} if os.path.isfile(top) else set()
        else:
            found = {os.path.relpath(os.path.join(parent, name), top)
                     for parent, _, names in os.walk(top) for name in names}
        differences = [f'{path!r} should not be there' for path in sorted(found - set(self.files))]
        for path, data in self.files.items():
            target = os.path.join(top, path) if path else top
            if path not in found:
                if data or not may_miss_empty:
                    differences.append(f'{path!r} is missing')
                continue
            with open(target, 'rb') as file:
                there = file.read()
            if there != data:
                at = next((i for i, (a, b) in enumerate(zip(there, data)) if a != b), min(len(there), len(data)))
                differences.append(f'{path!r}: {len(there)} of {len(data)} bytes, differs at {at}')
        return differences


def single(name='one file.bin', size=3 * 1024 * 1024 + 12345, seed=1):
    return Content(name, {'': random.Random(seed).randbytes(size)})


def multi(name='Многое 多', seed=2):
    """Empty files, files smaller than a block, pieces across many files, names in many scripts."""
    source = random.Random(seed)
    files = {
        'empty at the start': b'',
        'ascii.txt': source.randbytes(5),
        'папка/файл.bin': source.randbytes(700 * 1024 + 1),
        '日本語/深い/データ.dat': source.randbytes(BLOCK),
        'עברית.txt': source.randbytes(BLOCK - 1),
        'ελληνικά/😀 emoji.bin': source.randbytes(300 * 1024),
        'empty in the middle': b'',
    }
    files.update({f'many/small {i:03}.bin': source.randbytes(1 + i * 37 % 1500) for i in range(120)})
    files['z/last.bin'] = source.randbytes(2 * BLOCK + 17)
    files['z/пусто'] = b''
    return Content(name, files)


class Torrent:
    """A .torrent on disk and what was put in it."""

    def __init__(self, path, content, announce=(), piece_bytes=64 * 1024, is_private=False, **more):
        info = {'name': content.name, 'piece length': piece_bytes}
        if is_private:
            info['private'] = 1
        data = content.joined()
        info['pieces'] = b''.join(hashlib.sha1(data[at:at + piece_bytes]).digest()
                                  for at in range(0, len(data), piece_bytes))
        if content.is_single:
            info['length'] = len(data)
        else:
            info['files'] = [{'length': len(file), 'path': path.split('/')} for path, file in content.files.items()]
        self.path = path
        self.content = content
        self.piece_bytes = piece_bytes
        self.n_pieces = len(info['pieces']) // 20
        self.hash = hashlib.sha1(bencode(info)).digest()
        self.write(info, announce, more)

    def write(self, info, announce, more):
        whole = dict(more, info=info)
        if announce:
            whole['announce'] = announce[0]
            whole['announce-list'] = [[url] for url in announce]
        with open(self.path, 'wb') as out:
            out.write(bencode(whole))
        os.chmod(self.path, 0o644)


def set_announce(source, path, announce):
    """Copies a .torrent with another tracker; the info-hash stays."""
    with open(source, 'rb') as file:
        data = file.read()
    # The exact bytes of info are kept: it is the last key that bt-loadgen writes.
    at = data.index(b'4:info')
    with open(path, 'wb') as out:
        out.write(b'd' + bencode('announce') + bencode(announce) + data[at:])
