#!/usr/bin/python3
"""Walks everything that the window can show, and fails on a control that says nothing of itself.

  accessible.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import sys

from desk import Desk, check_names, make_world, run, wait_on_disk  # first: it knows the harness
import torrents
from harness import check


def look_at(desk, name, action=None, key=None):
    """A dialog, which Escape closes."""
    if action and action.startswith('win.'):
        desk.act(action)
    elif action:
        desk.act_for_all(action)
    else:
        desk.keys(key)
    desk.until('a window came', lambda: len(desk.windows()) == 2, 20, poll=0.1)
    desk.until('it has something to say', desk.words, 20, poll=0.1)
    check_names(desk, f'in {name}')
    desk.picture(name)
    desk.keys('Escape')
    desk.wait_closed()


def pages(lab):
    """Every page of the details, of a torrent that has peers; then the table."""
    made, _ = make_world(lab, torrents.multi())
    desk = Desk(lab, ask_when_adding='false', exempt_local='false', read_limit_bps=200000)
    program = desk.start(made[0].path)
    desk.wait_row(made[0].content.name)
    for page, sign in (('Overview', 'Downloaded'), ('Peers', 'libtorrent'), ('Files', 'many'),
                       ('Trackers', '10.77' if lab.address().startswith('10') else '127.0'), ('Log', None)):
        desk.show_page(page)
        if sign:
            desk.wait(sign)
        else:
            desk.wait('What happened', 'LIST')
        check_names(desk, f'with the page {page}')
        desk.picture(f'page-{page.lower()}')
    desk.keys('ctrl+2')
    desk.wait('Columns', 'TREE_TABLE')
    check_names(desk, 'in the table')
    desk.picture('table')
    desk.quit(program)


def dialogs(lab):
    """Of a torrent, and of the program."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(made[0].path)
    wait_on_disk(desk, program, made)
    desk.wait_row('one file.bin', 'Seeding')
    for name, action in (('rename', 'win.rename'), ('labels', 'win.labels'), ('options', 'win.options'),
                         ('statistics', 'statistics'), ('network', 'network'), ('about', 'about')):
        look_at(desk, name, action)
    look_at_connections(desk)
    look_at(desk, 'shortcuts', key='ctrl+question')
    desk.quit(program)


def look_at_connections(desk):
    """Every open socket, and what each is bound to; reached from the state of the network."""
    desk.act_for_all('network')
    frame = desk.wait_frame('Network Status')
    desk.act('network.sockets', frame)
    desk.wait_frame('Open Connections')
    desk.wait('Waits for peers')
    check_names(desk, 'with the open connections')
    desk.picture('connections')
    desk.keys('Escape')
    desk.wait_closed('Open Connections')
    desk.raise_window('Network Status')
    desk.keys('Escape')
    desk.wait_closed('Network Status')


def preferences(lab):
    desk = Desk(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.keys('ctrl+comma')
    desk.wait_frame('Preferences')
    seen = []
    for page in ('General', 'Folders', 'Speed', 'Sharing', 'Network'):
        for tab in [node for node in desk.walk(desk.frame('Preferences'))
                    if node.get_role() == desk.atspi.Role.PAGE_TAB and node.get_name() == page]:
            desk.act('click', tab)
        desk.until(f'the page {page} is there', lambda: desk.words() not in seen, 20, program)
        seen.append(desk.words())
        check_names(desk, f'with the preferences’ page {page}')
        desk.picture(f'preferences-{page.lower()}')
    desk.keys('Escape')
    desk.wait_closed('Preferences')
    desk.quit(program)


def menus(lab):
    """What a menu offers is called like something."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(made[0].path)
    wait_on_disk(desk, program, made)
    row = desk.wait_row('one file.bin', 'Seeding')
    for name, item, opened in (('menu', 'Preferences', lambda: desk.keys('F10')),
                               ('menu-view', 'Table', lambda: desk.point(desk.wait('View and Order', 'PUSH_BUTTON'))),
                               ('menu-torrent', 'Remove', lambda: desk.point(row, 'click', 3))):
        opened()
        desk.until(f'“{item}” is offered',
                   lambda wanted=item: any(one is None or wanted in one for one in desk.offers()), 20, program)
        offered = desk.offers()
        check('' not in offered, f'each has a name: {offered}')
        check_names(desk, f'with the {name}')
        desk.picture(name)
        desk.keys('Escape')
        desk.until('it is closed', lambda: not desk.offers(), 20, program)
    desk.quit(program)


sys.exit(run(__doc__, [pages, dialogs, preferences, menus]))
