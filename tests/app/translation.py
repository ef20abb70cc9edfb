#!/usr/bin/python3
"""Checks that a translation is whole: every text of the sources, nothing doubtful, formats and keys as in the original.
TAP, no display.

  translation.py SOURCE-FOLDER LANGUAGE

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import subprocess
import sys
import tempfile

TOP, LANGUAGE = sys.argv[1:]
PO = os.path.join(TOP, 'po', LANGUAGE + '.po')
# What meson's preset "glib" looks for.
KEYWORDS = ['_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'g_dcgettext:2', 'g_dngettext:2,3', 'g_dpgettext2:2c,3']


def run(*command):
    done = subprocess.run(command, capture_output=True, encoding='utf-8', check=False, cwd=TOP)
    return done.returncode, done.stdout, done.stderr


def list_originals(text):
    """Of what msgattrib prints: the first line of each, not of the head; several lines begin with an empty one."""
    lines = text.splitlines()
    for line, following in zip(lines, lines[1:]):
        if line == 'msgid ""' and following.startswith('"'):
            yield following
        elif line.startswith('msgid ') and line != 'msgid ""':
            yield line[len('msgid '):]


def check_format():
    code, _, said = run('msgfmt', '--check', '--check-accelerators=_', '--output-file=' + os.devnull, PO)
    return said.splitlines() if code != 0 else []


def check_complete():
    with tempfile.TemporaryDirectory(prefix='freshet-po-') as folder:
        template, merged = os.path.join(folder, 'x.pot'), os.path.join(folder, 'x.po')
        code, _, said = run('xgettext', '--files-from=po/POTFILES', '--from-code=UTF-8', '--output=' + template,
                            *(f'--keyword={word}' for word in KEYWORDS))
        if code == 0:
            code, _, said = run('msgmerge', '--quiet', '--no-fuzzy-matching', '--no-wrap', '--output-file=' + merged,
                                PO, template)
        if code != 0:
            yield from said.splitlines()
            return
        for doubt, name in (('--untranslated', 'not translated'), ('--only-fuzzy', 'doubtful')):
            text = run('msgattrib', '--no-wrap', '--no-obsolete', doubt, merged)[1]
            yield from (f'{name}: {line}' for line in list_originals(text))


def main():
    checks = [check_format, check_complete]
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
