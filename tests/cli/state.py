#!/usr/bin/python3
"""Runs freshet-cli with --state: what is kept, how it goes on after any end, and each command that edits it. TAP.

  state.py FRESHET-CLI [CASE…]

Everything stays on the loopback and in one temporary folder.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import time

import program
from program import ENVIRONMENT, LOOPBACK, Running, expect, expect_complaint, make_torrent, read_back, run, write

MIB = 1 << 20

program.cases.clear()
case = program.case


def list_json(state, *more):
    return [json.loads(line) for line in run('list', '--state', state, '--json', *more, status=0).out.splitlines()]


def get_only(state):
    found = list_json(state)
    expect(len(found) == 1, f'one torrent was expected: {found}')
    return found[0]


def get_files(state, torrent='all'):
    return {file['path']: file for file in list_json(state, '--files', torrent)}


def list_tree(folder):
    return sorted(os.path.relpath(os.path.join(above, name), folder)
                  for above, _, names in os.walk(folder) for name in names)


def make_big(top, n_bytes):
    """Returns (torrent, folder above the data)."""
    source = os.path.join(top, 'source')
    write(os.path.join(source, 'big.bin'), os.urandom(n_bytes))
    torrent = os.path.join(top, 'big.torrent')
    run('create', os.path.join(source, 'big.bin'), '-o', torrent, '--piece-size', '64K', status=0)
    return torrent, source


class Seed(Running):
    def __init__(self, torrent, source, *more):
        super().__init__('seed', torrent, '-d', source, '--bind', LOOPBACK, *more)
        self.peer = LOOPBACK + ':' + self.wait_for(r'seeding on port (\d+)').group(1)


def complete(top):
    """A state with a torrent that was downloaded: (state, torrent, folder, content)."""
    torrent, source, content = make_torrent(top)
    state = top + '/state/db'
    with Seed(torrent, source) as seed:
        run('download', '--state', state, torrent, '-d', top + '/new', '--bind', LOOPBACK, '--peer', seed.peer,
            status=0)
    return state, torrent, top + '/new', content


# ---- Going on ----------------------------------------------------------------------------------------------------

@case
def test_killed(top):
    total = 12 * MIB
    torrent, source = make_big(top, total)
    state, target = top + '/state/db', top + '/new'
    with Seed(torrent, source) as seed:
        common = ('--state', state, '--bind', LOOPBACK, '--peer', seed.peer, '--json')
        with Running('download', torrent, '-d', target, '--download-limit', '3M', *common) as download:
            done = 0
            while done < total // 2:
                done = int(download.wait_for(r'"done":(\d+)[^\n]*\n').group(1))
                download.out = download.out[download.out.index(b'\n') + 1:]
            download.end(signal.SIGKILL)
        # Nothing is named: the state knows.
        result = run('download', *common, status=0)
        last = json.loads(result.out.splitlines()[-1])
        expect(last['event'] == 'complete' and last['done'] == total, f'{last}')
        expect(0 < last['downloaded'] <= total - done + 2 * MIB, f'{done} were there, {last}')
    run('verify', torrent, '-d', target, status=0)
    # Nobody is needed, and nothing is hashed.
    result = run('download', '--state', state, '--bind', LOOPBACK, '--json', status=0)
    last = json.loads(result.out.splitlines()[-1])
    expect(last['event'] == 'complete' and last['checked'] == 0 and last['downloaded'] == 0, f'{last}')
    found = get_only(state)
    expect(found['complete'] and found['state'] == 'seeds' and found['completed_at'] > 0, f'{found}')


@case
def test_interrupted(top):
    total = 12 * MIB
    torrent, source = make_big(top, total)
    state = top + '/state/db'
    with Seed(torrent, source) as seed:
        common = ('--state', state, '--bind', LOOPBACK, '--peer', seed.peer, '--json')
        for number in (signal.SIGINT, signal.SIGTERM):
            before = get_only(state)['done'] if os.path.exists(state) else 0
            with Running('download', torrent, '-d', top + '/new', '--download-limit', '2M', *common) as download:
                download.wait_for(r'"done":(?!%d\b)[1-9]\d+' % before)
                begin = time.monotonic()
                result = download.end(number)
                expect(time.monotonic() - begin < 6, 'it took too long to stop')
                expect(result.status == 1 and result.err == '', f'{result}')
            stopped = json.loads(result.out.splitlines()[-1])
            expect(stopped['event'] == 'stopped' and stopped['done'] > before, f'{stopped}')
            expect(get_only(state)['done'] == stopped['done'], f'{get_only(state)}, {stopped}')
        result = run('download', *common, status=0)
        last = json.loads(result.out.splitlines()[-1])
        expect(last['checked'] == 0 and last['downloaded'] <= total - stopped['done'] + MIB, f'{last}, {stopped}')
    run('verify', torrent, '-d', top + '/new', status=0)


@case
def test_seed(top):
    state, torrent, folder, content = complete(top)
    with Running('seed', '--state', state, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'seeding on port (\d+)').group(1)
        run('download', torrent, '-d', top + '/third', '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}', status=0)
        read_back(top + '/third/Torrent é', content)
        result = seed.end()
        expect(result.status == 0 and result.err == '', f'{result}')
    expect(get_only(state)['uploaded'] > 0, 'what was sent is kept')
    # A share limit ends it, is remembered, and is no pause of somebody's.
    run('set', '--state', state, 'all', '--seed-time', '1', status=0)
    result = run('seed', '--state', state, '--bind', LOOPBACK, status=0)
    expect('seeding' in result.out, f'{result}')
    expect(get_only(state)['state'] == 'shared', f'{get_only(state)}')
    result = run('seed', '--state', state, '--bind', LOOPBACK, status=0)
    expect('nothing to do' in result.out, f'{result}')
    # What is not in the state yet must be there.
    other = top + '/other/db'
    expect_complaint(run('seed', '--state', other, torrent, '-d', top + '/nowhere', '--bind', LOOPBACK), 1, 'missing')
    run('seed', '--state', other, torrent, '-d', folder, '--bind', LOOPBACK, '--seed-time', '0', status=0)
    expect(get_only(other)['complete'], f'{get_only(other)}')


@case
def test_selection(top):
    torrent, source, content = make_torrent(top, '--piece-size', '64K')
    files = json.loads(run('show', '--json', torrent, status=0).out)['files']
    index = next(file['index'] for file in files if file['path'].endswith('/b.bin'))
    with Seed(torrent, source) as seed:
        common = ('--state', top + '/state/db', '--bind', LOOPBACK, '--peer', seed.peer)
        run('download', torrent, '-d', top + '/new', '--select', index, *common, status=0)
        expect(list_tree(top + '/new') == ['Torrent é/sub/deep/b.bin'], f'{list_tree(top + "/new")}')
        read_back(top + '/new/Torrent é', {'sub/deep/b.bin': content['sub/deep/b.bin']})
        skipped = [path for path, file in get_files(top + '/state/db').items() if file['priority'] == 'skip']
        expect(len(skipped) == len(content) - 1, f'{skipped}')
        # Another one, later: of a torrent that is there already.
        other = next(file['index'] for file in files if file['path'].endswith('/a.bin'))
        run('download', torrent, '--select', f'{index},{other}', *common, status=0)
        expect(list_tree(top + '/new') == ['Torrent é/a.bin', 'Torrent é/sub/deep/b.bin'],
               f'{list_tree(top + "/new")}')
        read_back(top + '/new/Torrent é', {path: content[path] for path in ('a.bin', 'sub/deep/b.bin')})


# ---- What goes wrong ---------------------------------------------------------------------------------------------

@case
def test_in_use(top):
    torrent, _, _ = make_torrent(top)
    state = top + '/state/db'
    with Running('download', torrent, '-d', top + '/new', '--state', state, '--bind', LOOPBACK) as download:
        download.wait_for('downloading')
        for words in (('list',), ('set', 'all', '--pause'), ('download', '--bind', LOOPBACK), ('remove', 'all')):
            expect_complaint(run(*words, '--state', state), 1, 'in use', 'db')
        expect(download.end().status == 1, 'it was not complete')
    expect(get_only(state)['state'] == 'downloads', f'{get_only(state)}')


@case
def test_corrupt(top):
    torrent, _, _ = make_torrent(top)
    state = top + '/state/db'
    run('add', '--state', state, torrent, status=0)
    run('set', '--state', state, 'all', '--pause', status=0)
    with open(state, 'r+b') as file:
        file.write(os.urandom(200))
    for words in (('list',), ('download', '--bind', LOOPBACK), ('add', torrent)):
        expect_complaint(run(*words, '--state', state), 1, 'damaged', f'freshet-cli restore --state {state}')
    copies = run('restore', '--state', state, status=0).out.splitlines()
    expect(len(copies) == 1 and os.path.exists(copies[0]), f'{copies}')
    expect(json.loads(run('restore', '--json', '--state', state, status=0).out)['copy'] == copies[0], 'as JSON')
    expect_complaint(run('restore', '--state', state, top + '/nowhere'), 1)
    run('restore', '--state', state, 'newest', status=0)
    expect(get_only(state)['name'] == 'Torrent é', 'it is there again')
    expect(any('damaged' in name for name in os.listdir(top + '/state')), 'the damaged one is kept')
    # Deleted by mistake, it is not begun anew either.
    os.remove(state)
    expect_complaint(run('list', '--state', state), 1, 'missing', 'restore')
    run('restore', '--state', state, copies[0], status=0)
    expect(get_only(state)['name'] == 'Torrent é', 'it is there again')


@case
def test_refused(top):
    torrent, _, _ = make_torrent(top)
    state = top + '/state/db'
    for words in (('list',), ('set', 'all', '--pause'), ('move', 'all', 'x'), ('recheck', 'all'), ('remove', 'all'),
                  ('rename', '1', 'a', 'b')):
        expect_complaint(run(*words, '--state', state, cwd=top), 1, 'no such state')
    expect_complaint(run('restore', '--state', state), 1, 'no copy')
    expect(not os.path.exists(top + '/state'), 'a folder was left behind')
    run('add', '--state', state, torrent, cwd=top, status=0)
    for words, word in ((('set', 'nobody', '--pause'), 'nobody'), (('set', '1', 'nobody', '--pause'), 'nobody'),
                        (('list', '--files', '2'), '2'), (('rename', '1', 'nothing', 'x'), 'Torrent'),
                        (('rename', '1', '0', '../x'), 'Torrent')):
        expect_complaint(run(*words, '--state', state), 1, word)
    expect_complaint(run('set', '--state', state, '1', '--priority', 'high:3-5'), 2, 'no file 5')
    expect_complaint(run('add', '--state', top + '/new/db', torrent, '--select', '7'), 2, 'no file 7')
    expect(get_only(state)['paused'] is False, 'nothing was changed')
    with sqlite3.connect(state) as database:
        database.execute('PRAGMA user_version = 99')
    database.close()
    expect_complaint(run('list', '--state', state), 1, 'later version')
    if os.geteuid() != 0:
        os.mkdir(top + '/locked', 0o500)
        expect_complaint(run('add', '--state', top + '/locked/db', torrent), 1, 'cannot be written')


@case
def test_cannot_be_saved(top):
    state, _, _, _ = complete(top)
    before = get_only(state)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with Running('seed', '--state', state, '--bind', LOOPBACK, restore_signals=False) as seed:
            seed.wait_for('seeding')
            # Long enough that there is something to save.
            seed.wait_for('seeding, 100.0%')
            resource.prlimit(seed.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            result = seed.end()
    finally:
        signal.signal(signal.SIGXFSZ, ignored)
    lines = result.err.splitlines()
    expect(result.status == 1 and lines and 'could not be saved' in lines[-1] and len(lines) <= 2, f'{result}')
    expect(get_only(state)['done'] == before['done'], 'the old state stands')


# ---- Editing -----------------------------------------------------------------------------------------------------

@case
def test_add_and_list(top):
    torrent, _, _ = make_torrent(top, '-t', 'http://127.0.0.1:1/a')
    state = top + '/state/db'
    result = run('add', '--state', state, torrent, '--paused', '-d', 'data', '--incomplete', 'half', '--label', 'b',
                 '--label', 'a', '--select', '0-1', '--sequential', cwd=top, status=0)
    expect('number 1' in result.out and not os.path.exists(top + '/data'), f'{result}')
    found = get_only(state)
    expect(found['labels'] == ['a', 'b'] and found['paused'] and found['sequential'], f'{found}')
    expect(found['folder'] == top + '/half' and found['final_folder'] == top + '/data', f'{found}')
    expect(found['id'] == 1 and found['state'] == 'paused' and found['size'] == 370301, f'{found}')
    files = get_files(state, found['info_hash'][:6])
    expect([file['priority'] for file in files.values()].count('skip') == 3, f'{files}')
    result = run('add', '--state', state, torrent, '--json', status=0)
    expect(json.loads(result.out)['event'] == 'merged', f'{result}')
    line = run('list', '--state', state, status=0).out
    expect(re.fullmatch(r'1  Torrent é  362 KiB  0\.0%  paused  0\.00  a,b  \S+/half\n', line), f'{line!r}')
    lines = run('list', '--state', state, '--files', 'Torrent é', status=0).out.splitlines()
    expect(len(lines) == 5 and lines[0].startswith('0 '), f'{lines}')
    # Nothing runs, so there is nothing to do; a paused one that is named runs.
    result = run('download', '--state', state, '--bind', LOOPBACK, status=0)
    expect('nothing to do' in result.out, f'{result}')
    with Running('download', '--state', state, torrent, '--bind', LOOPBACK) as download:
        download.wait_for('downloading')
        download.end()
    expect(get_only(state)['paused'] is False, 'it was named')


@case
def test_set(top):
    torrent, _, _ = make_torrent(top)
    os.mkdir(top + '/more')
    second, _, _ = make_torrent(top + '/more')
    state = top + '/state/db'
    run('add', '--state', state, torrent, second, '-d', top + '/new', status=0)
    first, other = list_json(state)
    # Both are called the same.
    expect_complaint(run('set', '--state', state, 'Torrent é', '--pause'), 1, 'several')
    result = run('set', '--state', state, first['info_hash'], '--name', 'Ä name', '--label', 'x', '--pause',
                 '--priority', 'high:0,2-3', '--priority', 'skip:1', '--download-limit', '5K', '--upload-limit', '6K',
                 '--ratio', '1.5', '--seed-time', '2h', '--idle-time', 'none', '--after', 'remove', '--sequential',
                 'on', '--super-seed', 'on', '--tracker', 'http://127.0.0.1:1/a,http://127.0.0.1:1/b', '--position',
                 '1', '--max-peers', '7', '--upload-slots', '8', status=0)
    expect(result.out == '' and result.err == '', f'{result}')
    expect([entry['id'] for entry in list_json(state)] == [other['id'], first['id']], 'its place in the queue')
    found = list_json(state, 'Ä name')[0]
    expected = {'name': 'Ä name', 'labels': ['x'], 'paused': True, 'download_limit': 5120, 'upload_limit': 6144,
                'ratio_limit': 1.5, 'seed_time_limit': 7200, 'idle_limit': -2, 'after': 'remove', 'sequential': True,
                'super_seed': True, 'position': 1, 'max_peers': 7, 'upload_slots': 8}
    expect({name: found[name] for name in expected} == expected, f'{found}')
    expect([file['priority'] for file in get_files(state, 'Ä name').values()] ==
           ['high', 'skip', 'high', 'high', 'normal'], f'{get_files(state, "Ä name")}')
    # What is not said stays.
    run('set', '--state', state, 'Ä name', '--upload-limit', '0', '--no-labels', '--force', '--ratio', 'general',
        '--sequential', 'off', '--own-trackers', status=0)
    found = list_json(state, 'Ä name')[0]
    expect(found['download_limit'] == 5120 and found['upload_limit'] == 0 and found['labels'] == [], f'{found}')
    expect(found['forced'] and not found['paused'] and found['ratio_limit'] == -1, f'{found}')
    expect(found['seed_time_limit'] == 7200 and not found['sequential'] and found['super_seed'], f'{found}')
    run('set', '--state', state, 'all', '--pause', status=0)
    expect(all(entry['paused'] for entry in list_json(state)), 'all are paused')
    run('set', '--state', state, 'all', '--resume', status=0)
    expect(not any(entry['paused'] for entry in list_json(state)), 'none is paused')


@case
def test_move_and_rename(top):
    state, torrent, folder, content = complete(top)
    result = run('move', '--state', state, '1', top + '/else/where', status=0)
    expect(top + '/else/where' in result.out and list_tree(folder) == [], f'{result}')
    read_back(top + '/else/where/Torrent é', content)
    expect(get_only(state)['folder'] == top + '/else/where', f'{get_only(state)}')
    run('rename', '--state', state, '1', 'Torrent é/a.bin', 'c.bin', status=0)
    run('rename', '--state', state, '1', 'Torrent é/sub/deep', 'flat', status=0)
    one = next(file['index'] for file in list_json(state, '--files', '1') if file['path'].endswith('/one'))
    run('rename', '--state', state, '1', one, 'Torrent é/numbers/1', status=0)
    for old, new in (('a.bin', 'c.bin'), ('sub/deep/b.bin', 'sub/flat/b.bin'), ('one', 'numbers/1')):
        content[new] = content.pop(old)
    read_back(top + '/else/where/Torrent é', content)
    expect(set(get_files(state)) == {'Torrent é/' + path for path in content}, f'{get_files(state)}')
    # Something is there already: nothing is changed.
    expect_complaint(run('rename', '--state', state, '1', 'Torrent é/c.bin', 'empty'), 1, 'Torrent é')
    write(top + '/taken/Torrent é/c.bin', b'mine')
    expect_complaint(run('move', '--state', state, '1', top + '/taken'), 1, 'Torrent é')
    read_back(top + '/else/where/Torrent é', content)
    # It all goes on without a check, and without the network.
    result = run('download', '--state', state, '--bind', LOOPBACK, '--json', status=0)
    expect(json.loads(result.out.splitlines()[-1])['checked'] == 0, f'{result}')
    with Running('seed', '--state', state, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'seeding on port (\d+)').group(1)
        run('download', torrent, '-d', top + '/third', '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}', status=0)
    run('verify', torrent, '-d', top + '/third', status=0)


@case
def test_recheck(top):
    state, _, folder, _ = complete(top)
    result = run('recheck', '--state', state, 'all', status=0)
    expect('is right' in result.out, f'{result}')
    path = folder + '/Torrent é/a.bin'
    stamp = os.stat(path)
    with open(path, 'r+b') as file:
        file.seek(1000)
        file.write(b'something else')
    # As nobody would notice without a check.
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    result = run('recheck', '--state', state, '1', '--json', status=1)
    checked = json.loads(result.out.splitlines()[-1])
    expect(checked['event'] == 'checked' and checked['bad_pieces'] == 1 and not checked['good'], f'{checked}')
    found = get_only(state)
    expect(found['state'] == 'downloads' and found['done'] == checked['done'] < found['total'], f'{found}')
    shutil.rmtree(folder)
    expect(run('recheck', '--state', state, '1').status == 1, 'nothing is there')


@case
def test_remove(top):
    # A trash of its own, on the file system of the data and of the home.
    before = dict(ENVIRONMENT)
    ENVIRONMENT.update(XDG_DATA_HOME=top + '/home', HOME=top)
    try:
        state, torrent, folder, content = complete(top)
        write(folder + '/Torrent é/mine', b'not of the torrent')
        result = run('remove', '--state', state, 'Torrent é', '--trash', status=0)
        expect('removed' in result.out and list_tree(folder) == ['Torrent é/mine'], f'{result}, {list_tree(folder)}')
        expect(len(os.listdir(top + '/home/Trash/files')) == len(content), 'they are in the trash')
        expect(list_json(state) == [], 'it is off the list')
        # Files that were there before are nobody's but the person's.
        source = top + '/source'
        run('seed', '--state', state, torrent, '-d', source, '--bind', LOOPBACK, '--seed-time', '0', status=0)
        result = run('remove', '--state', state, 'all', '--delete', status=0)
        expect(result.out.count('kept: ') == len(content), f'{result}')
        read_back(source + '/Torrent é', content)
        # Without a word about the data it stays.
        run('add', '--state', state, torrent, '-d', source, status=0)
        result = run('remove', '--state', state, 'all', '--json', status=0)
        expect([json.loads(line)['event'] for line in result.out.splitlines()] == ['removed'], f'{result}')
        read_back(source + '/Torrent é', content)
    finally:
        ENVIRONMENT.clear()
        ENVIRONMENT.update(before)


@case
def test_delete(top):
    state, _, folder, _ = complete(top)
    result = run('remove', '--state', state, 'all', '--delete', status=0)
    expect('kept' not in result.out and list_tree(folder) == [] and os.path.isdir(folder), f'{result}')


# ---- What holds for all ------------------------------------------------------------------------------------------

@case
def test_settings(top):
    torrents, source = [], top + '/all'
    os.mkdir(source)
    for name in ('first', 'second'):
        os.mkdir(f'{top}/{name}')
        torrent, folder, _ = make_torrent(f'{top}/{name}', '--name', name)
        os.rename(folder + '/Torrent é', f'{source}/{name}')
        torrents.append(torrent)
    state = top + '/state/db'
    week = write(top + '/week', b'\n'.join([b'p' * 48] * 7) + b'\n')
    blocked = write(top + '/blocked.txt', b'192.0.2.0/24\n')
    run('add', '--state', state, *torrents, '-d', top + '/new', status=0)
    # The timetable lets nothing run.
    with Running('download', '--state', state, '--bind', LOOPBACK, '--timetable', week) as download:
        download.wait_for('timetable')
        expect(download.end().status == 1, 'nothing was complete')
    with Running('download', '--state', state, '--bind', LOOPBACK, '--max-downloads', '1') as download:
        download.wait_for('first: downloading')
        download.wait_for('second: queued')
        expect(download.end().status == 1, 'nothing was complete')
    with Running('seed', *torrents, '-d', source, '--bind', LOOPBACK) as seed:
        port = seed.wait_for(r'first: seeding on port (\d+)').group(1)
        seed.wait_for('second: seeding')
        # More than fits is promised to nobody.
        result = run('download', '--state', state, '--bind', LOOPBACK, '--peer', f'{LOOPBACK}:{port}',
                     '--max-downloads', '1', '--max-seeds', '1', '--block-list', blocked, '--no-suffix',
                     '--min-free', '1M', '--alternative-download-limit', '500K', '--use-alternative', status=0)
        expect('first: complete' in result.out and 'second: complete' in result.out, f'{result}')
    run('verify', *torrents, '-d', top + '/new', status=0)
    expect_complaint(run('download', '--state', state, '--block-list', top + '/nowhere', '--bind', LOOPBACK), 1)


@case
def test_suffix(top):
    torrent, source = make_big(top, 4 * MIB)
    with Seed(torrent, source) as seed:
        for more, name in (((), 'big.bin.part'), (('--no-suffix',), 'big.bin')):
            folder = top + '/' + name
            with Running('download', torrent, '-d', folder, '--state', folder + '-state/db', '--bind', LOOPBACK,
                         '--peer', seed.peer, '--download-limit', '500K', '--json', *more) as download:
                download.wait_for(r'"done":[1-9]')
                expect(list_tree(folder) == [name], f'{list_tree(folder)}')
                download.end()
        # Begun with it, and gone on with without.
        folder = top + '/big.bin.part'
        run('download', '--state', folder + '-state/db', '--bind', LOOPBACK, '--peer', seed.peer, '--no-suffix',
            status=0)
        expect(list_tree(folder) == ['big.bin'], f'{list_tree(folder)}')


if __name__ == '__main__':
    sys.exit(program.main())
