#!/usr/bin/python3
"""Everything without a mouse.

  keyboard.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import sys

from desk import Desk, make_world, run, wait_on_disk  # first: it knows where the harness is
import torrents
from harness import check


def choose_file(desk, path):
    desk.keys('ctrl+o')
    desk.wait_frame('Choose Torrent Files')
    desk.until('the chooser has the keyboard', desk.focused, 20, poll=0.1)
    desk.keys('slash')
    entry = desk.until('a path can be typed', lambda: desk.focused() is not None and
                       desk.focused().get_role() == desk.atspi.Role.TEXT and desk.focused(), 20, poll=0.1)
    check(entry is not None, 'there should be an entry')
    desk.type_path(entry, path[1:])
    desk.keys('Return')
    desk.wait_closed('Choose Torrent Files')


def everything(lab):
    """Add, pause, resume, skip a file, rename, search, look, remove, undo, prefer, quit."""
    source = random.Random(9)
    made, _ = make_world(lab, torrents.Content('Album', {name: source.randbytes(512 * 1024) for name in
                                                         ('one.bin', 'two.bin')}))
    desk = Desk(lab, exempt_local='false', read_limit_bps=20000, alternative_read_bps=0)
    program = desk.start()
    desk.wait('No Torrents Yet')
    choose_file(desk, made[0].path)
    frame = desk.wait_frame('Add Torrent')
    desk.wait_state(desk.wait('Add', 'PUSH_BUTTON', top=frame), 'SENSITIVE')
    desk.keys('Return')
    desk.wait_closed('Add Torrent')
    desk.wait_row('Album', 'Downloading')

    desk.tab_to('Album', 'LIST_ITEM')
    desk.picture('keyboard-focus')
    desk.keys('space')
    desk.wait_row('Album', 'Paused')
    desk.keys('space')
    desk.wait_row('Album', 'Downloading')

    # Into the details, to a file, and not that one.
    desk.tab_to_page('Files')
    desk.keys('space')
    table = desk.wait('Files', 'TREE_TABLE')
    two = desk.wait('two.bin', top=table)
    row = two.get_parent()
    while row.get_role() != desk.atspi.Role.TABLE_ROW:
        row = row.get_parent()
    desk.tab_to('Download', 'CHECK_BOX')
    desk.keys('End')
    desk.wait_state(row, 'SELECTED')
    desk.keys('space')
    desk.wait_state(desk.find(None, 'CHECK_BOX', row), 'CHECKED', False)
    desk.picture('keyboard-skipped')
    desk.keys('ctrl+t')
    desk.wait_row('Album', 'Seeding')
    check(not os.path.exists(os.path.join(desk.target, 'Album', 'two.bin')), 'the second file should not have come')
    desk.keys('space')
    wait_on_disk(desk, program, made)

    desk.tab_to('Album', 'LIST_ITEM', 'shift+Tab')
    desk.keys('F2')
    entry = desk.wait(None, 'TEXT', top=desk.until('it can be renamed', lambda: next(
        (window for window in desk.windows() if window.get_name() != 'Freshet'), None), 20, poll=0.1))
    desk.wait_state(entry, 'FOCUSED')
    desk.keys('ctrl+a')
    desk.type('Record')
    desk.keys('Return')
    desk.wait_closed()
    desk.wait_row('Record')

    desk.keys('ctrl+f')
    desk.wait_state(desk.wait('Search torrents', 'ENTRY'), 'FOCUSED')
    desk.type('nowhere')
    desk.wait('No Results Found')
    desk.picture('nothing-found')
    desk.keys('Escape')
    desk.wait('No Results Found', gone=True)
    desk.wait_row('Record')

    desk.keys('ctrl+2')
    desk.wait('Columns', 'TREE_TABLE')
    desk.keys('ctrl+1')
    desk.wait_row('Record')
    desk.keys('F9')
    desk.wait('Checking', 'LABEL', gone=True)
    desk.keys('F9')
    desk.wait('Checking', 'LABEL')
    desk.keys('ctrl+i')
    # The search took what was selected away.
    desk.wait('No Torrent Selected', gone=True)
    desk.keys('ctrl+i')
    desk.wait('No Torrent Selected')

    desk.tab_to('Record', 'LIST_ITEM')
    desk.keys('ctrl+space')
    desk.wait_state(desk.row('Record'), 'SELECTED')
    desk.keys('Delete')
    desk.wait('“Record” removed')
    desk.tab_to('Undo', 'PUSH_BUTTON')
    desk.keys('space')
    desk.wait_row('Record')

    desk.keys('ctrl+comma')
    desk.wait_frame('Preferences')
    switch = desk.find(None, 'CHECK_BOX', desk.wait('Ask When Adding', 'LIST_ITEM', top=desk.frame('Preferences')))
    desk.tab_to('Ask When Adding', 'LIST_ITEM')
    desk.keys('space')
    desk.wait_state(switch, 'CHECKED', False)
    desk.keys('Escape')
    desk.wait_closed('Preferences')
    desk.keys('ctrl+question')
    desk.until('the shortcuts are there', lambda: len(desk.windows()) == 2, 20, program)
    desk.keys('Escape')
    desk.wait_closed()
    desk.quit(program)


def filters(lab):
    """Tab goes past them; arrows choose."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(made[0].path)
    wait_on_disk(desk, program, made)
    desk.wait_row('one file.bin', 'Seeding')
    desk.tab_to('All,', 'LIST_ITEM')
    passed = desk.tab_to('one file.bin', 'LIST_ITEM', reject=('Downloading,', 'Failed,'))
    check(len(passed) == 1, f'there should be nothing between, not {passed}')
    check(desk.has_state(desk.wait('All, 1 torrent', 'LIST_ITEM'), 'SELECTED'), 'all should be shown still')
    desk.tab_to('All,', 'LIST_ITEM', 'shift+Tab')
    desk.keys('Down')
    desk.wait('No Torrents Here')
    desk.wait_state(desk.wait('Downloading, 0 torrents', 'LIST_ITEM'), 'SELECTED')
    desk.picture('filtered')
    desk.keys('Down')
    desk.wait_row('one file.bin', 'Seeding')
    # It comes back to the one that is chosen.
    desk.tab_to('one file.bin', 'LIST_ITEM')
    desk.tab_to('Seeding,', 'LIST_ITEM', 'shift+Tab')
    desk.quit(program)


sys.exit(run(__doc__, [everything, filters]))
