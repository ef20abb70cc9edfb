#!/usr/bin/python3
"""Runs freshet-cli as a person or a script would: what it prints, where, and how it ends. TAP.

  program.py FRESHET-CLI [CASE…]

Everything stays on the loopback and in one temporary folder.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import fcntl
import hashlib
import http.server
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

LIMIT_S = 60
PROGRAM = os.path.abspath(sys.argv[1])
LOOPBACK = '127.0.0.1'
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ('COLUMNS', 'LINES', 'NO_COLOR', 'LANGUAGE', 'DISPLAY', 'WAYLAND_DISPLAY')}
ENVIRONMENT.update(LC_ALL='C.UTF-8', TERM='dumb', HOME='/nonexistent')

cases = []


class Failure(Exception):
    pass


def case(function):
    cases.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failure(what)


# ---- Running -----------------------------------------------------------------------------------------------------

class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f'status {self.status}\n--- out:\n{self.out}\n--- err:\n{self.err}'


def silence(words):
    """Nothing of a test goes beyond the loopback: whoever does not speak of discovery does without."""
    words = [str(word) for word in words]
    if words[:1] in (['download'], ['seed']) and not any(word.startswith('--dht-node') for word in words):
        words.insert(1, '--no-discovery')
    return words


def run(*words, cwd=None, env=None, status=None):
    """Runs the program to its end."""
    done = subprocess.run([PROGRAM, *silence(words)], cwd=cwd, env=dict(ENVIRONMENT, **(env or {})), timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    expect(status is None or result.status == status, f'{words}: {result}, expected status {status}')
    return result


def expect_complaint(result, status, *words):
    """Exactly one sentence on standard error, and nothing on standard output."""
    expect(result.status == status, f'expected status {status}: {result}')
    lines = result.err.splitlines()
    expect(len(lines) == 1 and lines[0].startswith('freshet-cli: '), f'one sentence was expected: {result}')
    expect(result.out == '', f'no output was expected: {result}')
    for word in words:
        expect(word in result.err, f'"{word}" was expected: {result}')


class Running:
    """The program in the background, its output read as it comes."""

    def __init__(self, *words, cwd=None, restore_signals=True):
        self.process = subprocess.Popen([PROGRAM, *silence(words)], cwd=cwd, env=ENVIRONMENT,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        restore_signals=restore_signals)
        self.out = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_for(self, pattern):
        deadline = time.monotonic() + LIMIT_S
        while True:
            found = re.search(pattern, self.out.decode(errors='replace'))
            if found:
                return found
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b''
            if not chunk:
                raise Failure(f'no "{pattern}" in {self.out!r}')
            self.out += chunk

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LIMIT_S)
        return Result(self.process.returncode, (self.out + out).decode(), err.decode())


# ---- Data --------------------------------------------------------------------------------------------------------

def encode(value):
    """Bencode; dictionaries in the order of their keys."""
    if isinstance(value, int):
        return b'i%de' % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b'%d:%s' % (len(value), value)
    if isinstance(value, list):
        return b'l' + b''.join(map(encode, value)) + b'e'
    return b'd' + b''.join(encode(key) + encode(value[key]) for key in sorted(value)) + b'e'


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)
    return path


def fill(folder):
    """A folder of files of many kinds, and their content by path."""
    content = {'empty': b'', 'one': b'1', 'Größe 日本.txt': b'words\n' * 50, 'sub/deep/b.bin': os.urandom(70000),
               'a.bin': os.urandom(300000)}
    for path, data in content.items():
        write(os.path.join(folder, path), data)
    return content


def read_back(folder, content):
    for path, data in content.items():
        with open(os.path.join(folder, path), 'rb') as file:
            expect(file.read() == data, f'{path} has other bytes')


def make_torrent(top, *more):
    """Returns (torrent, folder above the data, content by path)."""
    source = os.path.join(top, 'source')
    content = fill(os.path.join(source, 'Torrent é'))
    torrent = os.path.join(top, 't.torrent')
    run('create', os.path.join(source, 'Torrent é'), '-o', torrent, *more, status=0)
    return torrent, source, content


# ---- Cases -------------------------------------------------------------------------------------------------------

@case
def test_usage(top):
    for words, word in (((), '--help'), (('nonsense',), 'nonsense'), (('download',), 'TORRENT'),
                        (('download', '--nonsense', 'x'), '--nonsense'),
                        (('download', 'x', '--port', '70000'), '--port'),
                        (('seed', 'x', '--peer', 'here'), '--peer'), (('create',), 'PATH'),
                        (('tracker', 'x'), 'too many'), (('show', '--limit'), '--limit'),
                        (('download', 'x', '--encryption', 'require'), 'not available yet'),
                        (('download', 'x', '--transport', 'pigeon'), '--transport'),
                        (('download', 'x', '--max-seeds', '1'), '--state'), (('list',), '--state'),
                        (('set', 'all', '--state', 'f'), 'set what'), (('move', '1', '--state', 'f'), 'TORRENT'),
                        (('download', 'magnet:?dn=nothing'), 'does not name a torrent'),
                        (('show', 'magnet:?xt=urn:btih:' + 39 * 'a'), 'damaged')):
        expect_complaint(run(*words, cwd=top), 2, word)
    expect(os.listdir(top) == [], 'something was left behind')


@case
def test_help(top):
    result = run('--help', status=0)
    for command in ('download', 'seed', 'show', 'verify', 'create', 'tracker', 'add', 'list', 'set', 'move', 'rename',
                    'remove', 'recheck', 'restore'):
        expect(command in result.out, f'--help does not know {command}')
        expect('Usage:' in run(command, '--help', status=0).out, f'{command} --help')
        expect('Usage:' in run('help', command, status=0).out, f'help {command}')
    expect(re.match(r'freshet-cli \d+\.\d+\.\d+\n$', run('--version', status=0).out), 'the version')


@case
def test_damaged(top):
    info = {'length': 10, 'name': 'x', 'piece length': 16384, 'pieces': bytes(20)}
    damaged = {'empty': b'', 'text': b'hello', 'cut': encode({'info': info})[:-5], 'list': b'le',
               'no-info': encode({'announce': 'http://127.0.0.1/'}), 'no-pieces': encode({'info': {'name': 'x'}}),
               'odd-pieces': encode({'info': dict(info, pieces=bytes(19))}),
               'no-bytes': encode({'info': dict(info, length=0, pieces=b'')}),
               'few-pieces': encode({'info': dict(info, length=99999)}), 'deep': b'l' * 5000 + b'e' * 5000,
               'huge': b'd4:info999999999999:'}
    for name, data in damaged.items():
        path = write(os.path.join(top, name + '\033[2J.torrent'), data)
        for command in ('show', 'download', 'seed', 'verify'):
            result = run(command, path, cwd=top)
            expect_complaint(result, 1, name)
            expect('\033' not in result.err, 'an escape sequence on the terminal')
    left = [name for name in os.listdir(top) if not name.endswith('.torrent')]
    expect(not left, f'left behind: {left}')


@case
def test_language(top):
    """Scripts read it: whatever the person's language, it is the same, the system's reasons and the engine's too."""
    absent, bad = os.path.join(top, 'none.torrent'), os.path.join(top, 'bad.torrent')
    write(bad, b'd4:infod4:name1:t12:piece lengthi16384eee')
    for path, words in (absent, 'No such file or directory'), (bad, 'neither "length" nor "files"'):
        expect_complaint(run('show', path, env={'LANGUAGE': 'de'}), 1, words)


@case
def test_missing_torrent(top):
    for command in ('show', 'download', 'seed', 'verify'):
        expect_complaint(run(command, 'nowhere.torrent', cwd=top), 1, 'nowhere.torrent')
        expect_complaint(run(command, '.', cwd=top), 1)
    expect_complaint(run('create', 'nowhere', cwd=top), 1, 'nowhere')
    expect(os.listdir(top) == [], 'something was left behind')


@case
def test_round_trip(top):
    torrent, source, _ = make_torrent(top, '-t', 'http://127.0.0.1:1/a,udp://127.0.0.1:1/b',
                                      '-t', 'http://127.0.0.1:2/c', '--comment', 'a "quoted"\ncomment',
                                      '--source', 'S', '--private',
                                      '--web-seed', 'http://127.0.0.1:3/d', '--piece-size', '16K')
    shown = json.loads(run('show', '--json', torrent, status=0).out)
    tiers = [['http://127.0.0.1:1/a', 'udp://127.0.0.1:1/b'], ['http://127.0.0.1:2/c']]
    expect(shown['trackers'] == tiers, f'trackers: {shown["trackers"]}')
    expect(shown['name'] == 'Torrent é' and shown['private'] is True and shown['source'] == 'S', f'{shown}')
    expect(shown['comment'] == 'a "quoted"\ncomment' and shown['web_seeds'] == ['http://127.0.0.1:3/d'], f'{shown}')
    expect(shown['piece_length'] == 16384 and shown['total'] == 370301, f'{shown}')
    expect({file['path'] for file in shown['files']} ==
           {'Torrent é/' + name for name in ('empty', 'one', 'Größe 日本.txt', 'sub/deep/b.bin', 'a.bin')}, f'{shown}')
    with open(torrent, 'rb') as file:
        data = file.read()
    begin = data.index(b'4:info') + 6
    end = data.index(b'8:url-list')
    expect(hashlib.sha1(data[begin:end]).hexdigest() == shown['info_hash'], 'the info-hash')
    text = run('show', torrent, status=0).out
    for word in ('Torrent é', shown['info_hash'], 'http://127.0.0.1:2/c', 'Torrent é/sub/deep/b.bin', '5 files'):
        expect(word in text, f'show does not say "{word}": {text}')
    result = run('verify', torrent, '-d', source, status=0)
    expect('everything is right' in result.out and '/s' in result.out, f'{result}')
    # One file instead of a folder; the output's name by default.
    run('create', os.path.join(source, 'Torrent é', 'a.bin'), cwd=top, status=0)
    expect(json.loads(run('show', '--json', 'a.bin.torrent', cwd=top, status=0).out)['total'] == 300000, 'one file')
    expect_complaint(run('create', os.path.join(source, 'Torrent é', 'a.bin'), cwd=top), 1, 'there already')
    run('create', '--force', '--quiet', os.path.join(source, 'Torrent é', 'a.bin'), cwd=top, status=0)


@case
def test_create_refuses(top):
    expect_complaint(run('create', write(top + '/x', b'1'), '-t', 'gopher://x', cwd=top), 2, 'gopher')
    expect_complaint(run('create', 'x', '-o', 'no/such/folder/x.torrent', cwd=top), 1, 'x.torrent')
    expect_complaint(run('create', write(top + '/nothing', b''), cwd=top), 1)
    os.mkdir(top + '/folder')
    expect_complaint(run('create', 'folder', cwd=top), 1)
    left = sorted(os.listdir(top))
    expect(left == ['folder', 'nothing', 'x'], f'left behind: {left}')


@case
def test_verify_finds(top):
    torrent, source, _ = make_torrent(top)
    folder = os.path.join(source, 'Torrent é')
    os.remove(folder + '/one')
    with open(folder + '/a.bin', 'r+b') as file:
        file.seek(150000)
        byte = file.read(1)
        file.seek(150000)
        file.write(bytes([byte[0] ^ 1]))
    with open(folder + '/Größe 日本.txt', 'ab') as file:
        file.write(b'more')
    os.remove(folder + '/empty')
    os.mkdir(folder + '/empty')
    result = run('verify', torrent, '-d', source)
    expect(result.status == 1, f'{result}')
    for pattern in (r'/one: missing', r'/a\.bin: \d+\.\d% missing or wrong', r'日本\.txt: longer',
                    r'/empty: a link, a folder'):
        expect(re.search(pattern, result.out), f'{pattern}: {result}')
    lines = [json.loads(line) for line in run('verify', '--json', torrent, '-d', source, status=1).out.splitlines()]
    faults = {line['path'].split('/', 1)[1]: line['fault'] for line in lines if line['event'] == 'file'}
    expect(faults['one'] == 'missing' and faults['a.bin'] == 'damaged' and faults['empty'] == 'not-a-file' and
           faults['Größe 日本.txt'] in ('too-long', 'damaged'), f'{faults}')
    expect(lines[-1]['event'] == 'complete' and lines[-1]['good'] is False, f'{lines[-1]}')
    expect(run('verify', '--quiet', torrent, '-d', source, status=1).out == '', 'quiet is not')
    run('verify', torrent, '-d', top + '/nowhere', status=1)
    expect(not os.path.exists(top + '/nowhere'), 'verify makes folders')


@case
def test_folder(top):
    torrent, _, _ = make_torrent(top)
    write(top + '/file', b'')
    before = sorted(os.listdir(top))
    for folder in ('file', 'file/below', '/proc/nothing', '/dev/null'):
        expect_complaint(run('download', torrent, '-d', folder, '--bind', LOOPBACK, cwd=top), 1, folder)
    if os.geteuid() != 0:
        os.mkdir(top + '/locked', 0o500)
        before.append('locked')
        expect_complaint(run('download', torrent, '-d', 'locked', '--bind', LOOPBACK, cwd=top), 1, 'locked')
        expect_complaint(run('download', torrent, '-d', 'locked/a/b', '--bind', LOOPBACK, cwd=top), 1, 'locked')
    expect(sorted(os.listdir(top)) == sorted(before), f'left behind: {os.listdir(top)}')


@case
def test_selection_is_judged(top):
    torrent, _, _ = make_torrent(top)
    expect_complaint(run('download', torrent, '--select', '3-5', '-d', top + '/target'), 2, '--select', 'no file 5')
    expect_complaint(run('download', torrent, torrent, '-d', top + '/target'), 1, 'named before')
    expect(not os.path.exists(top + '/target'), 'a folder was left behind')


@case
def test_seed_needs_all(top):
    torrent, source, content = make_torrent(top)
    expect_complaint(run('seed', torrent, '-d', top + '/nowhere', '--bind', LOOPBACK), 1, 'missing', 'Torrent é')
    expect(not os.path.exists(top + '/nowhere'), 'seed makes folders')
    with open(source + '/Torrent é/a.bin', 'r+b') as file:
        file.write(bytes(64))
    expect_complaint(run('seed', torrent, '-d', source, '--bind', LOOPBACK), 1, 'missing or wrong')
    content['a.bin'] = bytes(64) + content['a.bin'][64:]
    read_back(source + '/Torrent é', content)


@case
def test_download(top):
    torrent, source, content = make_torrent(top)
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'seeding on port (\d+)').group(1)
        target = top + '/new/deep'
        result = run('download', torrent, '-d', target, '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}', status=0)
        expect('complete' in result.out.splitlines()[-1] and result.err == '', f'{result}')
        expect('\033' not in result.out and '\r' not in result.out, f'drawn without a terminal: {result.out!r}')
        read_back(target + '/Torrent é', content)
        # Again: nothing is missing, and nobody is needed.
        result = run('download', torrent, '-d', target, '--bind', LOOPBACK, '--no-trackers', status=0)
        expect('nothing was missing' in result.out, f'{result}')
        result = run('download', '--quiet', torrent, '-d', target, '--bind', LOOPBACK, status=0)
        expect(result.out == '' and result.err == '', f'quiet is not: {result}')
        result = seed.end(signal.SIGINT)
        expect(result.status == 0 and result.err == '', f'{result}')


@case
def test_json(top):
    torrent, source, content = make_torrent(top)
    with Running('seed', '--json', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        port = int(seed.wait_for(r'"event":"seeding".*"port":(\d+)').group(1))
        # Slow enough for some lines of progress.
        result = run('download', '--json', torrent, '-d', top + '/new', '--bind', LOOPBACK,
                     '--peer', f'{LOOPBACK}:{port}', '--download-limit', '100K', status=0)
        lines = [json.loads(line) for line in result.out.splitlines()]
        expect(len(lines) >= 2 and lines[-1]['event'] == 'complete', f'{result}')
        # The first is of the engine's first second, not of its beginning.
        expect(lines[0]['connecting'] + lines[0]['peers'] == 1, f'{lines[0]}')
        for line in lines[:-1]:
            expect(line['event'] == 'progress' and line['name'] == 'Torrent é', f'{line}')
            expect({'state', 'done', 'total', 'down', 'up', 'peers', 'seeds'} <= set(line), f'{line}')
            expect(line['total'] == 370301 and line['done'] <= line['total'], f'{line}')
        expect(lines[-1]['done'] == lines[-1]['total'] == 370301, f'{lines[-1]}')
        read_back(top + '/new/Torrent é', content)
        events = [json.loads(line)['event'] for line in seed.end().out.splitlines()]
        expect('seeding' in events and set(events) <= {'progress', 'seeding'}, f'{events}')


@case
def test_selection(top):
    torrent, source, content = make_torrent(top, '--piece-size', '16K')
    files = json.loads(run('show', '--json', torrent, status=0).out)['files']
    index = next(file['index'] for file in files if file['path'].endswith('/b.bin'))
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'port (\d+)').group(1)
        result = run('download', torrent, '-d', top + '/new', '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}',
                     '--select', index, status=0)
        expect('complete' in result.out, f'{result}')
        read_back(top + '/new/Torrent é', {'sub/deep/b.bin': content['sub/deep/b.bin']})
        run('verify', torrent, '-d', top + '/new', status=1)


@case
def test_magnet(top):
    """By a link alone: what it is comes from the seed."""
    torrent, source, content = make_torrent(top)
    shown = json.loads(run('show', '--json', torrent, status=0).out)
    link = shown['magnet']
    expect(link.startswith('magnet:?xt=urn:btih:' + shown['info_hash']), link)
    again = json.loads(run('show', '--json', link, status=0).out)
    expect(again['info_hash'] == shown['info_hash'] and again['name'] == 'Torrent é', f'{again}')
    expect('Torrent é' in run('show', link, status=0).out, 'the name of the link')
    index = next(file['index'] for file in shown['files'] if file['path'].endswith('/b.bin'))
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        link += f'&x.pe={LOOPBACK}:' + seed.wait_for(r'port (\d+)').group(1)
        result = run('download', link, '-d', top + '/new', '--bind', LOOPBACK, status=0)
        expect('complete' in result.out, f'{result}')
        read_back(top + '/new/Torrent é', content)
        run('download', link, '-d', top + '/one', '--bind', LOOPBACK, '--select', index, status=0)
        read_back(top + '/one/Torrent é', {'sub/deep/b.bin': content['sub/deep/b.bin']})
        # In place of what the link itself asks for.
        other = next(file for file in shown['files'] if not file['path'].endswith('/b.bin'))
        run('download', f'{link}&so={other["index"]}', '-d', top + '/said', '--bind', LOOPBACK, '--select', index,
            status=0)
        read_back(top + '/said/Torrent é', {'sub/deep/b.bin': content['sub/deep/b.bin']})
        expect(not os.path.exists(f'{top}/said/{other["path"]}'), 'what the link asks for came, too')
        # Into a state first: the next download knows of it.
        run('add', link, '-d', top + '/kept', '--state', top + '/state.db', cwd=top, status=0)
        result = run('download', '--state', top + '/state.db', '--bind', LOOPBACK, status=0)
        expect('complete' in result.out, f'{result}')
        read_back(top + '/kept/Torrent é', content)
    expect_complaint(run('download', link, '-d', top + '/no', '--select', '1000000'), 2, '--select', 'no file 1000000')
    expect_complaint(run('seed', link, '-d', source, '--bind', LOOPBACK), 1, 'Torrent é', '.torrent file')
    expect_complaint(run('verify', link, '-d', source), 1, 'Torrent é', '.torrent file')
    # The same torrent twice, once as a file.
    expect_complaint(run('download', torrent, link, '-d', top + '/no', '--bind', LOOPBACK), 1, 'named before')


@case
def test_several(top):
    torrents = []
    os.mkdir(top + '/all')
    for name in ('first', 'second'):
        os.mkdir(f'{top}/{name}')
        torrent, source, _ = make_torrent(f'{top}/{name}', '--name', name)
        os.rename(source + '/Torrent é', f'{top}/all/{name}')
        torrents.append(torrent)
    with Running('seed', *torrents, '-d', top + '/all', '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'first: seeding on port (\d+)').group(1)
        seed.wait_for(r'second: seeding')
        result = run('download', *torrents, '-d', top + '/new', '--bind', LOOPBACK,
                     '--peer', f'{LOOPBACK}:{port}', status=0)
        expect('first: complete' in result.out and 'second: complete' in result.out, f'{result}')
        run('verify', *torrents, '-d', top + '/new', status=0)


@case
def test_interrupted(top):
    torrent, _, _ = make_torrent(top)
    for number in (signal.SIGINT, signal.SIGTERM):
        with Running('download', torrent, '-d', top + '/new', '--bind', LOOPBACK) as download:
            download.wait_for('downloading')
            begin = time.monotonic()
            result = download.end(number)
            expect(result.status == 1 and 'complete' not in result.out, f'{result}')
            expect('stopped at 0.0%; the same command' in result.out.splitlines()[-1], f'{result}')
            expect(time.monotonic() - begin < 6, 'it took too long to stop')


@case
def test_goals(top):
    torrent, source, _ = make_torrent(top)
    result = run('seed', torrent, '-d', source, '--bind', LOOPBACK, '--seed-time', '0', status=0)
    expect('seeding' in result.out, f'{result}')
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK, '--seed-ratio', '1') as seed:
        port = seed.wait_for(r'port (\d+)').group(1)
        with Running('download', torrent, '-d', top + '/new', '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}',
                     '--keep-seeding') as download:
            download.wait_for(r'complete[^\n]*\n(.*\n)*.*seeding on port')
            # The seed has given everything once, and ends by itself.
            expect(seed.process.wait(LIMIT_S) == 0, 'the ratio was reached')
            expect(download.end().status == 0, 'interrupted after it was complete')


@case
def test_port_in_use(top):
    torrent, source, _ = make_torrent(top)
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'port (\d+)').group(1)
        expect_complaint(run('download', torrent, '-d', top + '/new', '--bind', LOOPBACK, '--port', port), 1)
        expect(not os.path.exists(top + '/new'), 'a folder was left behind')


@case
def test_tracker(top):
    torrent = None
    with Running('tracker', '--bind', LOOPBACK, '--interval', '60') as tracker:
        http_url = tracker.wait_for(r'http://127\.0\.0\.1:\d+/\S*').group()
        udp_url = tracker.wait_for(r'udp://127\.0\.0\.1:\d+\S*').group()
        for url in (http_url, udp_url):
            shutil.rmtree(top)
            os.mkdir(top)
            torrent, source, content = make_torrent(top, '-t', url)
            with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
                seed.wait_for('seeding')
                result = run('download', torrent, '-d', top + '/new', '--bind', LOOPBACK, status=0)
                expect('complete' in result.out, f'{url}: {result}')
                read_back(top + '/new/Torrent é', content)
        expect(tracker.end().status == 0, 'the tracker ends cleanly')


class Web(http.server.BaseHTTPRequestHandler):
    """/t: a torrent; /huge: more than anybody wants; everything else is not there."""
    torrent = b''

    def do_GET(self):
        if self.path == '/huge':
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(80):
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                pass
            return
        self.send_response(200 if self.path == '/t' else 404)
        self.end_headers()
        self.wfile.write(self.torrent if self.path == '/t' else b'no')

    def log_message(self, *_):
        pass


@case
def test_url(top):
    torrent, _, _ = make_torrent(top)
    with open(torrent, 'rb') as file:
        Web.torrent = file.read()
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://{LOOPBACK}:{server.server_port}'
    try:
        expect(json.loads(run('show', '--json', url + '/t', status=0).out)['name'] == 'Torrent é', 'by URL')
        expect_complaint(run('show', url + '/nothing'), 1, '404')
        expect_complaint(run('show', url + '/huge'), 1, 'too large')
    finally:
        server.shutdown()
        server.server_close()
    expect_complaint(run('download', url + '/t', cwd=top), 1, url)
    expect_complaint(run('show', 'http://'), 1)


def run_on_terminal(columns, *words, no_color=False):
    """Returns what was drawn, and the status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    environment = dict(ENVIRONMENT, TERM='xterm', **({'NO_COLOR': '1'} if no_color else {}))
    process = subprocess.Popen([PROGRAM, *silence(words)], env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    drawn = b''
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            chunk = b''
        if not chunk:
            break
        drawn += chunk
    os.close(master)
    return drawn.decode(), process.wait(LIMIT_S)


@case
def test_terminal(top):
    torrent, source, _ = make_torrent(top)
    with Running('seed', torrent, '-d', source, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'port (\d+)').group(1)
        for columns, no_color in ((80, False), (40, True)):
            shutil.rmtree(top + '/new', ignore_errors=True)
            drawn, status = run_on_terminal(columns, 'download', torrent, '-d', top + '/new', '--bind', LOOPBACK,
                                            '--peer', f'{LOOPBACK}:{port}', '--download-limit', '100K',
                                            no_color=no_color)
            expect(status == 0 and '\r\033[J' in drawn and '%' in drawn, f'nothing drawn: {drawn!r}')
            expect(drawn.rstrip().splitlines()[-1].find('complete') > 0, f'{drawn!r}')
            expect(('\033[32m' in drawn or '\033[33m' in drawn) != no_color, f'colours: {drawn!r}')
            for line in re.split(r'[\r\n]+', re.sub(r'\033\[[0-9]*[A-Za-z]', '', drawn)):
                expect('complete' in line or len(line) < columns, f'{len(line)} columns: {line!r}')


def main():
    wanted = sys.argv[2:]
    chosen = [one for one in cases if not wanted or one.__name__ in wanted]
    n_failed = 0
    print(f'1..{len(chosen)}', flush=True)
    for number, one in enumerate(chosen, 1):
        top = tempfile.mkdtemp(prefix='freshet-cli-test-')
        try:
            one(top)
            print(f'ok {number} {one.__name__}', flush=True)
        except Exception:  # pylint: disable=broad-except
            n_failed += 1
            print(f'not ok {number} {one.__name__}')
            for line in traceback.format_exc().splitlines():
                print('#', line, flush=True)
        finally:
            shutil.rmtree(top, ignore_errors=True)
    return 1 if n_failed else 0


if __name__ == '__main__':
    sys.exit(main())
