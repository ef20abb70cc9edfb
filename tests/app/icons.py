#!/usr/bin/python3
"""Checks that every icon the program names is one of its own or in the theme that is installed. TAP, no display.

  icons.py SOURCE-FOLDER

Themes lose icons from one release to the next; what is missing is shown as a broken picture.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import re
import sys

TOP = sys.argv[1]
THEME = '/usr/share/icons/Adwaita'
NAMED = re.compile(r'"([a-z0-9-]+-symbolic)"|>([a-z0-9-]+-symbolic)<')


def names_in(*folders):
    """{name: one file that has it}"""
    found = {}
    for folder in folders:
        for parent, _, names in os.walk(os.path.join(TOP, folder)):
            for name in names:
                if name.endswith(('.c', '.ui')):
                    path = os.path.join(parent, name)
                    with open(path, encoding='utf-8') as file:
                        found.update({one or other: os.path.relpath(path, TOP)
                                      for one, other in NAMED.findall(file.read())})
    return found


def icons_in(*folders):
    return {name.rsplit('.', 1)[0] for folder in folders for _, _, names in os.walk(folder) for name in names}


def main():
    if not os.path.isdir(THEME):
        print(f'1..0 # SKIP no {THEME}')
        return 0
    used = names_in('src/app', 'resources')
    there = icons_in(THEME, os.path.join(TOP, 'resources', 'icons'), os.path.join(TOP, 'data', 'icons'))
    missing = sorted(set(used) - there)
    print('1..2')
    print('ok 1 - icons are named' if len(used) > 20 else f'not ok 1 - only {len(used)} icons are named')
    print('not ok 2 - in no theme' if missing else 'ok 2 - all of them are there')
    for name in missing:
        print(f'# {name}, in {used[name]}')
    return 1 if missing else 0


sys.exit(main())
