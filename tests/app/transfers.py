#!/usr/bin/python3
"""A torrent's life in the window, watched: from a real client, with what a person does to it meanwhile.

  transfers.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import random
import sys

from desk import Desk, check_names, make_world, run, wait_on_disk  # first: it knows where the harness is
import harness
import torrents
from harness import Process, check

# What is watched takes as long as it is looked at: the alternative limits are none.
SLOW = {'exempt_local': 'false', 'ask_when_adding': 'false', 'alternative_read_bps': 0, 'alternative_write_bps': 0}
SLOW_BPS = 100000


def album():
    source = random.Random(7)
    return torrents.Content('Album', {name: source.randbytes(1024 * 1024) for name in
                                      ('one.bin', 'three.bin', 'two.bin')})


def dismiss(desk, text):
    """The toast that says so."""
    label = desk.wait(text)
    for node in desk.walk(label.get_parent().get_parent()):
        if node.get_role() == desk.atspi.Role.PUSH_BUTTON and node.get_name() == 'GtkImage':
            desk.act('click', node)
    desk.wait(text, gone=True)


def wait_growing(desk, what, get_value, program):
    """Three values, each above the one before."""
    values = [0]

    def look():
        value = get_value()
        check(value >= values[-1], f'{what} went from {values[-1]} to {value}')
        if value > values[-1]:
            values.append(value)
        return len(values) > 2

    desk.until(f'{what} grows', look, 30, program, poll=0.1)


def find_bar(desk, table, name):
    """Of the row that has these words."""
    for row in desk.walk(table):
        if row.get_role() == desk.atspi.Role.TABLE_ROW and desk.find(name, top=row):
            return desk.find('Progress', 'PROGRESS_BAR', row)
    return None


def watch(lab):
    """The bar, the peers, the files and the speed move, until all is there."""
    made, _ = make_world(lab, album())
    desk = Desk(lab, read_limit_bps=SLOW_BPS, **SLOW)
    program = desk.start(made[0].path)
    desk.wait_row('Album', 'Downloading')
    bar = desk.wait('Progress', 'PROGRESS_BAR')
    wait_growing(desk, 'the bar', lambda: desk.value(bar), program)
    check('%' in desk.row('Album').get_name(), 'the row should say how much is here')
    desk.wait('kB/s  ↑ 0 bytes/s')
    desk.picture('downloading')
    desk.show_page('Peers')
    table = desk.wait('Peers', 'TREE_TABLE')
    desk.wait('libtorrent', top=table)
    desk.wait('kB/s', top=table)
    desk.picture('downloading-peers')
    desk.show_page('Files')
    table = desk.wait('Files', 'TREE_TABLE')
    desk.wait('three.bin', top=table)
    bars = [find_bar(desk, table, name) for name in ('one.bin', 'two.bin', 'three.bin')]
    wait_growing(desk, 'a file', lambda: sum(desk.value(bar) for bar in bars), program)
    desk.picture('downloading-files')
    desk.act_for_all('alternative')
    desk.wait_row('Album', 'Seeding')
    check(all(desk.value(bar) == 1 for bar in bars), 'each file should be full')
    wait_on_disk(desk, program, made)
    desk.picture('downloaded')
    desk.quit(program)


def pause(lab):
    """What is paused rests, and goes on from there."""
    made, seed = make_world(lab, album())
    desk = Desk(lab, read_limit_bps=SLOW_BPS, **SLOW)
    program = desk.start(made[0].path)
    bar = desk.wait('Progress', 'PROGRESS_BAR')
    wait_growing(desk, 'the bar', lambda: desk.value(bar), program)
    desk.act('win.stop')
    desk.wait_row('Album', 'Paused')
    desk.wait('↓ 0 bytes/s')
    rest = desk.value(bar)
    check(0 < rest < 1, f'it should rest half way, not at {rest}')
    desk.picture('paused')
    desk.act('win.start')
    desk.wait_row('Album', 'Downloading')
    check(desk.value(bar) >= rest, 'it should go on where it was')
    desk.act_for_all('alternative')
    desk.wait_row('Album', 'Seeding')
    wait_on_disk(desk, program, made)
    desk.quit(program)
    check(seed.process.is_alive(), 'the seed should not have ended')


def quit_early(lab):
    """In the middle of a download, which goes on from there."""
    made, _ = make_world(lab, album())
    desk = Desk(lab, read_limit_bps=SLOW_BPS, **SLOW)
    program = desk.start(made[0].path)
    wait_growing(desk, 'the bar', lambda: desk.value(desk.find('Progress', 'PROGRESS_BAR')), program)
    desk.quit(program)
    program = desk.start()
    words = desk.wait_row('Album', 'Downloading').get_name()
    check('Album, Downloading, 0 %' not in words, f'it should not begin anew: {words}')
    desk.act_for_all('alternative')
    desk.wait_row('Album', 'Seeding')
    wait_on_disk(desk, program, made)
    desk.quit(program)


def skip(lab):
    """A file that is not wanted does not come; wanted again, it does."""
    made, _ = make_world(lab, album())
    desk = Desk(lab, start_when_added='false', **SLOW)
    program = desk.start(made[0].path)
    desk.wait_row('Album', 'Paused')
    desk.show_page('Files')
    table = desk.wait('Files', 'TREE_TABLE')
    desk.wait('two.bin', top=table)

    def toggle():
        row = next(row for row in desk.walk(table) if row.get_role() == desk.atspi.Role.TABLE_ROW and
                   desk.find('two.bin', top=row))
        check_box = next(node for node in desk.walk(row) if node.get_role() == desk.atspi.Role.CHECK_BOX)
        was_checked = desk.has_state(check_box, 'CHECKED')
        desk.point(check_box)
        desk.wait_state(check_box, 'CHECKED', not was_checked)

    toggle()
    desk.picture('skipped')
    desk.act('win.start')
    desk.wait_row('Album', 'Seeding')
    there = os.listdir(os.path.join(desk.target, 'Album'))
    check('two.bin' not in there and 'one.bin' in there and 'three.bin' in there, f'two of three, not {there}')
    desk.picture('complete-but-skipped')
    toggle()
    wait_on_disk(desk, program, made)
    desk.quit(program)


def remove(lab):
    """Undone, it goes on; not undone, it is gone, and what was downloaded stays."""
    made, _ = make_world(lab, album(), torrents.single())
    desk = Desk(lab, read_limit_bps=SLOW_BPS, **SLOW)
    program = desk.start(made[0].path)
    desk.wait('“Album” added')
    row = desk.wait_row('Album', 'Downloading')
    desk.wait('Downloaded')
    desk.act('win.remove')
    # At once, although the other one has not gone.
    desk.wait('“Album” removed', timeout=5)
    desk.wait('No Torrents Yet')
    desk.wait('No Torrent Selected')
    desk.picture('removed')
    desk.click('Undo')
    row = desk.wait_row('Album', 'Downloading')
    check(not desk.has_state(row, 'SELECTED'), 'it comes back unselected')
    check(desk.find('No Torrent Selected') is not None, 'the details should show no torrent')
    desk.picture('undone')
    desk.act_for_all('alternative')
    desk.wait_row('Album', 'Seeding')
    wait_on_disk(desk, program, made[:1])
    desk.act('win.select-all')
    desk.wait('Downloaded')
    desk.act('win.remove')
    dismiss(desk, '“Album” removed')
    desk.wait('No Torrents Yet')
    desk.quit(program)
    program = desk.start()
    desk.wait('No Torrents Yet')
    check(not made[0].content.compare(desk.target), 'what was downloaded should stay')
    desk.quit(program)


def remove_and_quit(lab):
    """As long as it can be undone it is not removed yet; whoever quits does not mean to undo."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, **SLOW)
    program = desk.start(made[0].path)
    wait_on_disk(desk, program, made)
    desk.wait_row('one file.bin', 'Seeding')
    desk.act('win.remove')
    desk.wait('“one file.bin” removed', timeout=5)
    desk.quit(program)
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.quit(program)


def scroll(lab, **settings):
    """What comes is shown, wherever in the list it is."""
    several = [torrents.Torrent(lab.path(f'{number}.torrent'), torrents.single(f'file {number:02}', 1000, number))
               for number in range(40)]
    desk = Desk(lab, start_when_added='false', sort_by="'name'", sort_descending='false', **settings, **SLOW)
    program = desk.start(*(torrent.path for torrent in several[:-1]))
    desk.wait('39 torrents added')
    # The list begins at its top for whoever comes back to it.
    desk.quit(program)
    program = desk.start()
    desk.wait('39')
    desk.run_again(several[-1].path)
    desk.wait('“file 39” added')
    bottom = desk.get_place(desk.frame())[3]

    def get_row():
        for node in desk.walk():
            if (node.get_role() in (desk.atspi.Role.LIST_ITEM, desk.atspi.Role.TABLE_ROW) and
                    desk.has_state(node, 'SELECTED') and 'torrents' not in node.get_name()):
                return desk.get_place(node)
        return None

    desk.until('it is in sight', lambda: get_row() and 0 < get_row()[1] <= bottom - get_row()[3], 20, program, poll=0.1)
    desk.picture('scrolled')
    desk.quit(program)


def scroll_table(lab):
    scroll(lab, view="'table'")


def sideways(lab):
    """The table says of each row what the list says, in its order, and moves sideways with its headings."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false', view="'table'", sort_by="'name'", sort_descending='false',
                columns="['name', 'size', 'progress', 'state', 'reason', 'folder', 'added']", window_width='700')
    program = desk.start(*(torrent.path for torrent in made))
    wait_on_disk(desk, program, made)
    rows = [desk.wait_row(name, 'Seeding, 100') for name in sorted(torrent.content.name for torrent in made)]
    order = [row.get_index_in_parent() for row in rows]
    check(order == sorted(order), f'in the order of their names, not in that of {order}')
    check_names(desk, 'in the table')
    heading = desk.wait('Folder', 'LABEL')

    def place():
        return desk.get_place(heading)[0]

    before = place()
    desk.point(rows[0])
    desk.keys('Right', 'Right')
    desk.until('the headings have moved', lambda: place() < before, 10, program)
    desk.picture('table-sideways')
    desk.keys('Left', 'Left')
    desk.until('they are back', lambda: place() == before, 10, program)
    desk.quit(program)


def serve_ranges(lab, folder):
    """A web seed's address."""
    program = os.path.join(os.path.dirname(harness.__file__), 'range-server.py')
    server = Process(lab, 'range-server', [sys.executable, program, folder, '--ip', '127.0.0.1'])
    return f'http://127.0.0.1:{server.wait_for(r"port ([0-9]+)", 20)[1]}/'


def answer(desk, title, button, text):
    """What a dialog of lines asks for."""
    desk.until(f'"{title}" is asked', lambda: len(desk.windows()) == 2, 20, poll=0.1)
    desk.wait(title)
    desk.type(text)
    desk.picture('web-seed-add')
    desk.click(button)
    desk.wait_closed()


def select(desk, words, table, button):
    """A row, with which the button can be used; a table that has just come may move once more."""
    def point():
        desk.point(desk.find(words, top=table))
        return desk.has_state(desk.find(button, 'PUSH_BUTTON'), 'SENSITIVE')

    desk.until(f'"{words}" is selected', point, 20, poll=0.3)


def web_seed(lab):
    """A server gives all of it, and is seen to; one more is added, then removed, and is back when that is undone."""
    content = album()
    url = serve_ranges(lab, content.write(lab.make_folder('source')))
    tracker = 'http://127.0.0.1:9/announce'
    made = [torrents.Torrent(lab.path('album.torrent'), content, [tracker], **{'url-list': [url]})]
    desk = Desk(lab, read_limit_bps=SLOW_BPS, **SLOW)
    program = desk.start(made[0].path)
    desk.wait_row('Album', 'Downloading')
    dismiss(desk, '“Album” added')
    desk.show_page('Trackers')
    table = desk.wait('Web Seeds', 'TREE_TABLE')
    desk.wait(url, top=table)
    desk.wait('Downloading', top=table)
    desk.wait('kB/s', top=table)
    check_names(desk, 'with a web seed')
    desk.picture('web-seed')
    desk.act_for_all('alternative')
    desk.wait_row('Album', 'Seeding')
    wait_on_disk(desk, program, made)
    desk.wait('Idle', top=table)
    desk.wait('3.1\u00a0MB', top=table)

    other = 'http://127.0.0.1:9/other/'
    desk.click('Add Web Seeds…')
    answer(desk, 'Add Web Seeds', 'Add', other)
    desk.wait(other, top=table)
    desk.picture('web-seeds')
    select(desk, other, table, 'Remove Web Seeds')
    desk.click('Remove Web Seeds')
    desk.wait('1 web seed removed')
    desk.wait(other, gone=True, top=table)
    desk.click('Undo')
    desk.wait(other, top=table)
    desk.wait(url, top=table)
    # Kept, and gone as a whole when there is none any more.
    desk.quit(program)
    program = desk.start()
    desk.point(desk.wait_row('Album', 'Seeding'))
    table = desk.wait('Web Seeds', 'TREE_TABLE')
    desk.wait(url, top=table)
    desk.wait(other, top=table)
    # A key without a web seed selected is not for the tracker that is.
    trackers = desk.wait('Trackers', 'TREE_TABLE')
    select(desk, tracker, trackers, 'Remove')
    desk.tab_to('Add Web Seeds…', 'PUSH_BUTTON')
    desk.keys('Tab')
    desk.until('a web seed has the keyboard', lambda: desk.focused().get_role() == desk.atspi.Role.TABLE_ROW, 10)
    desk.keys('Delete', 'ctrl+a', 'Delete')
    desk.wait('2 web seeds removed')
    desk.wait('Web Seeds', 'TREE_TABLE', gone=True)
    check(desk.find(tracker, top=trackers), 'the tracker should be there still')
    desk.quit(program)


sys.exit(run(__doc__, [watch, pause, quit_early, skip, remove, remove_and_quit, scroll, scroll_table, sideways,
                    web_seed]))
