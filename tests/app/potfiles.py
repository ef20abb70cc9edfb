#!/usr/bin/python3
"""Checks the lists that nobody would miss an entry of until a translator or the program does. TAP, no display.

  potfiles.py SOURCE-FOLDER

po/POTFILES has every file with text for people and no other, po/LINGUAS every translation; every template is well
formed, names its translations' domain, and is in the list of resources, as is every icon.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import re
import sys
import xml.etree.ElementTree as tree

TOP = sys.argv[1]
MARKED_CODE = re.compile(r'\b(?:N?C?_|n?gettext|g_dp?gettext2?)\s*\(\s*(?:"|\w+,\s*")')
COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
DOMAIN = 'freshet'


def read(*path):
    with open(os.path.join(TOP, *path), encoding='utf-8') as file:
        return file.read()


def files_below(folder, *endings):
    for parent, _, names in os.walk(os.path.join(TOP, folder)):
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(parent, name), TOP)


def has_text(path):
    text = read(path)
    if path.endswith('.c'):
        return bool(MARKED_CODE.search(COMMENT.sub('', text)))
    if path.endswith('.ui'):
        return any(node.get('translatable') in ('yes', 'true', '1') for node in tree.fromstring(text).iter())
    return True


def check_potfiles():
    lines = [line for line in read('po', 'POTFILES').splitlines() if line and not line.startswith('#')]
    listed = set(lines)
    wanted = {path for path in [*files_below('src/app', '.c'), *files_below('src/engine', '.c'),
                                *files_below('resources', '.ui'),
                                *files_below('data', '.desktop.in', '.metainfo.xml.in')] if has_text(path)}
    yield from (f'{path} has text for people and is not in po/POTFILES' for path in sorted(wanted - listed))
    yield from (f'{path} is in po/POTFILES and has no text for people' for path in sorted(listed - wanted))
    if lines != sorted(listed):
        yield 'po/POTFILES is not sorted, or has something twice'


def check_languages():
    listed = [line for line in read('po', 'LINGUAS').splitlines() if line and not line.startswith('#')]
    there = sorted(os.path.basename(path)[:-len('.po')] for path in files_below('po', '.po'))
    if listed != there:
        yield f'po/LINGUAS has {listed}, the folder has {there}'


def check_templates():
    for path in files_below('resources', '.ui'):
        try:
            top = tree.fromstring(read(path))
        except tree.ParseError as error:
            yield f'{path}: {error}'
            continue
        if top.tag != 'interface' or top.get('domain') != DOMAIN:
            yield f'{path}: <interface domain="{DOMAIN}"> is expected'
        # The name of the file, the class and the source are one.
        template = top.find('template')
        if template is not None:
            name = re.sub(r'(?<!^)([A-Z])', r'-\1', template.get('class')).lower()
            if name != os.path.basename(path)[:-len('.ui')]:
                yield f'{path} is the template of {template.get("class")}'


def check_resources():
    listed = [node.text for node in tree.fromstring(read('resources', 'freshet.gresource.xml')).iter('file')]
    own = {os.path.relpath(path, 'resources') for path in files_below('resources', '.ui', '.css', '.svg')}
    yield from (f'resources/{path} is not in freshet.gresource.xml' for path in sorted(own - set(listed)))
    yield from (f'freshet.gresource.xml names {path} twice' for path in sorted(set(listed)) if listed.count(path) > 1)


def main():
    checks = [check_potfiles, check_languages, check_templates, check_resources]
    n_failed = 0
    print(f'1..{len(checks)}')
    for number, check in enumerate(checks, 1):
        problems = list(check())
        n_failed += bool(problems)
        print(f'{"not " if problems else ""}ok {number} - {check.__name__.replace("check_", "")}')
        for problem in problems:
            print(f'# {problem}')
    return 1 if n_failed else 0


sys.exit(main())
