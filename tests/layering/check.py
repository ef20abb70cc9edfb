#!/usr/bin/python3
"""Reads the #include lines of src/ and fails when a dependency points up or sideways.

  check.py SRC          checks a source tree
  check.py --self-test  checks made-up trees with every kind of fault, each of which must be found

The rules are src/README.md's: a room may use only the rooms listed for it in MAY_USE; its own headers are included
bare, foreign ones by path, a -private.h never from outside; rooms that are pure have neither sockets, threads, clocks
nor randomness; threads are made in few places only.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import re
import sys
import tempfile

BELOW_SWARM = {'base', 'bencode', 'metainfo', 'wire', 'encryption', 'utp', 'transport', 'pieces', 'storage', 'store',
               'trackers', 'dht', 'discovery', 'webseeds', 'peers'}
ENGINE = BELOW_SWARM | {'swarm', 'session', 'library', 'supervisor'}

MAY_USE = {
    'base': set(),
    'bencode': {'base'},
    'metainfo': {'base', 'bencode'},
    'wire': {'base', 'bencode'},
    'encryption': {'base'},
    'utp': {'base'},
    'transport': {'base', 'encryption', 'utp'},
    'pieces': {'base'},
    'storage': {'base', 'metainfo'},
    'store': {'base', 'metainfo'},
    'trackers': {'base', 'bencode', 'transport'},
    'dht': {'base', 'bencode'},
    'discovery': {'base'},
    'webseeds': {'base', 'metainfo', 'transport'},
    'peers': {'base', 'wire', 'transport'},
    'swarm': BELOW_SWARM,
    'session': BELOW_SWARM | {'swarm'},
    'library': BELOW_SWARM | {'swarm', 'session'},
    'supervisor': BELOW_SWARM | {'swarm', 'session', 'library'},
    'cli': ENGINE,
    'app': set(),
}
# The window sees one header of the engine.
APP_HEADERS = {'supervisor/bt.h'}

PURE = {'bencode', 'metainfo', 'wire', 'encryption', 'utp', 'pieces', 'dht'}
# Loading and creating a .torrent are metainfo's only meetings with the file system.
IMPURE_FILES = re.compile(r'^metainfo/bt-metainfo-(load|create)\.[ch]$')
IMPURE_HEADERS = re.compile(r'^(sys/(socket|epoll|eventfd|select|time|stat|uio)\.h|netinet/|arpa/|net/|netdb\.h|poll\.h'
                            r'|pthread\.h|threads\.h|time\.h|fcntl\.h|unistd\.h|gio/|libsoup/|glib/gstdio\.h)')
IMPURE_CALLS = re.compile(r'\b(g_thread_\w+|g_mutex_\w+|g_get_monotonic_time|g_get_real_time|g_random_\w+|g_idle_add\w*'
                          r'|g_timeout_add\w*|clock_gettime) \(')
TOOLKIT = re.compile(r'^(gtk/|gdk/|adwaita\.h)')
THREAD_CALLS = re.compile(r'\b(g_thread_new|g_thread_try_new|g_task_run_in_thread|g_thread_pool_new\w*'
                          r'|pthread_create) \(')
THREAD_PLACES = re.compile(r'^(supervisor/bt-(supervisor(-state)?|engine|load)\.c|storage/|store/|base/bt-resolver\.c)')

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.DOTALL)
GENERATED = {'config.h'}


def blank_comments(text):
    return COMMENT.sub(lambda found: re.sub(r'[^\n]', ' ', found.group()), text)


def list_sources(src):
    """Yields (room, path within the room's parent, file path): rooms of the engine, then cli and app."""
    for parent in (os.path.join(src, 'engine'), src):
        for folder, _, names in os.walk(parent):
            inner = os.path.relpath(folder, parent).split(os.sep)
            if parent == src and inner[0] == 'engine':
                continue
            for name in sorted(names):
                if name.endswith(('.c', '.h')):
                    yield inner[0], os.path.join(*inner, name), os.path.join(folder, name)


class Checker:
    def __init__(self, src):
        self.src = src
        self.faults = []
        self.n_files = 0

    def run(self):
        for room, inner, path in list_sources(self.src):
            self.n_files += 1
            with open(path, encoding='utf-8') as source:
                text = blank_comments(source.read())
            self.check_file(room, inner, path, text)
        return self.faults

    def fault(self, path, text, at, message):
        line = text.count('\n', 0, at) + 1
        self.faults.append(f'{os.path.relpath(path, self.src)}:{line}: {message}')

    def check_file(self, room, inner, path, text):
        if room not in MAY_USE:
            self.fault(path, text, 0, f'the room "{room}" is not in the list of rooms')
            return
        for found in INCLUDE.finditer(text):
            quote, name = found.groups()
            judge = self.judge_quoted if quote == '"' else self.judge_library
            message = judge(room, inner, path, name)
            if message:
                self.fault(path, text, found.start(2), message)
        if room in PURE and not IMPURE_FILES.match(inner):
            for found in IMPURE_CALLS.finditer(text):
                self.fault(path, text, found.start(), f'{room} is pure, but calls {found.group(1)}')
        if room in ENGINE and not THREAD_PLACES.match(inner):
            for found in THREAD_CALLS.finditer(text):
                self.fault(path, text, found.start(), f'{found.group(1)}: threads are made in supervisor and storage')

    def judge_library(self, room, inner, path, name):
        if room in ENGINE | {'cli'} and TOOLKIT.match(name):
            return f'{room} includes the toolkit: <{name}>'
        if room in PURE and IMPURE_HEADERS.match(name) and not IMPURE_FILES.match(inner):
            return f'{room} is pure, but includes <{name}>'
        if name.startswith('bt-'):
            return f'<{name}> is ours: quotes'
        return None

    def judge_quoted(self, room, inner, path, name):
        if name in GENERATED:
            return None
        own_folder = os.path.dirname(path)
        parts = name.split('/')
        if '..' in parts:
            return f'"{name}" climbs out of the folder'
        if len(parts) == 1:
            # The window's resources are generated; everything else bare must be in the room itself.
            if room == 'app' or os.path.exists(os.path.join(own_folder, name)):
                return None
            return f'"{name}" is not in this room: foreign headers by path'
        target = parts[0]
        if target == room:
            return f'"{name}" is in this very room: its own headers bare'
        if room == 'app':
            if target not in MAY_USE:
                return None
            return None if name in APP_HEADERS else f'the app may include only supervisor/bt.h, not "{name}"'
        if target not in MAY_USE:
            return f'"{name}": there is no room "{target}"'
        if target not in MAY_USE[room]:
            direction = 'up' if room in MAY_USE[target] else 'sideways'
            return f'"{name}": an arrow pointing {direction}, {room} may not use {target}'
        if name.endswith('-private.h'):
            return f'"{name}" is private to {target}'
        if not os.path.exists(os.path.join(self.src, 'engine', name)):
            return f'"{name}" does not exist'
        return None


# What is wrong with a tree | its files | what the fault says (None: nothing may be found)
SELF_TESTS = [
    ('good', {'engine/wire/bt-w.c': '#include "config.h"\n#include "bt-w.h"\n#include "base/bt-b.h"\n',
              'engine/wire/bt-w.h': '', 'engine/base/bt-b.h': '', 'cli/main.c': '#include "wire/bt-w.h"\n',
              'app/window.c': '#include "supervisor/bt.h"\n#include <adwaita.h>\n',
              'engine/supervisor/bt.h': ''}, None),
    ('in a comment', {'engine/base/bt-b.c': '/*\n#include "swarm/bt-s.h"\n*/\n'}, None),
    ('up', {'engine/base/bt-b.c': '#include "wire/bt-w.h"\n', 'engine/wire/bt-w.h': ''}, 'pointing up'),
    ('up with spaces', {'engine/wire/bt-w.c': '\n #  include  "swarm/bt-s.h"\n', 'engine/swarm/bt-s.h': ''},
     'bt-w.c:2: "swarm/bt-s.h": an arrow pointing up'),
    ('sideways', {'engine/pieces/bt-p.h': '#include "wire/bt-w.h"\n', 'engine/wire/bt-w.h': ''}, 'pointing sideways'),
    ('deeper folder', {'engine/base/x/bt-b.c': '#include "wire/bt-w.h"\n', 'engine/wire/bt-w.h': ''}, 'pointing up'),
    ('private', {'engine/wire/bt-w.c': '#include "base/bt-b-private.h"\n', 'engine/base/bt-b-private.h': ''},
     'private to'),
    ('bare foreign', {'engine/wire/bt-w.c': '#include "bt-b.h"\n', 'engine/base/bt-b.h': ''}, 'by path'),
    ('own by path', {'engine/wire/bt-w.c': '#include "wire/bt-w.h"\n', 'engine/wire/bt-w.h': ''}, 'bare'),
    ('climbing', {'engine/wire/bt-w.c': '#include "../base/bt-b.h"\n', 'engine/base/bt-b.h': ''}, 'climbs'),
    ('absent', {'engine/wire/bt-w.c': '#include "base/bt-no.h"\n'}, 'does not exist'),
    ('unknown room', {'engine/attic/bt-a.c': ''}, 'not in the list'),
    ('app past bt.h', {'app/window.c': '#include "swarm/bt-s.h"\n', 'engine/swarm/bt-s.h': ''},
     'only supervisor/bt.h'),
    ('toolkit', {'engine/swarm/bt-s.c': '#include <gtk/gtk.h>\n'}, 'toolkit'),
    ('socket in a pure room', {'engine/wire/bt-w.c': '#include <sys/socket.h>\n'}, 'is pure'),
    ('gio in a pure room', {'engine/metainfo/bt-metainfo-v1.c': '#include <gio/gio.h>\n'}, 'is pure'),
    ('gio where files are read', {'engine/metainfo/bt-metainfo-load.c': '#include <gio/gio.h>\n'}, None),
    ('clock in a pure room', {'engine/utp/bt-u.c': 'int f () { return g_get_monotonic_time (); }\n'}, 'is pure'),
    ('stray thread', {'engine/peers/bt-p.c': 'void f () { g_thread_new (0, 0, 0); }\n'}, 'threads are made'),
    ('thread in its place', {'engine/supervisor/bt-supervisor.c': 'void f () { g_thread_new (0, 0, 0); }\n'}, None),
]


def self_test():
    n_wrong = 0
    for title, files, expected in SELF_TESTS:
        with tempfile.TemporaryDirectory(prefix='freshet-layering-') as src:
            for name, text in files.items():
                path = os.path.join(src, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as source:
                    source.write(text)
            faults = Checker(src).run()
        right = not faults if expected is None else len(faults) == 1 and expected in faults[0]
        if not right:
            n_wrong += 1
            print(f'self-test "{title}": expected {expected!r}, found {faults}')
    print(f'{len(SELF_TESTS) - n_wrong} of {len(SELF_TESTS)} made-up trees judged rightly')
    return 1 if n_wrong else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    if len(sys.argv) != 2:
        print('usage: check.py SRC | --self-test', file=sys.stderr)
        return 2
    checker = Checker(sys.argv[1])
    faults = checker.run()
    for fault in faults:
        print(fault)
    if checker.n_files == 0:
        print(f'no sources found in {sys.argv[1]}')
        return 1
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
