#!/usr/bin/python3
"""How the window begins and ends: with nothing, twice, closed, killed, and as it was left.

  starts.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import signal
import sys

from desk import Desk, check_names, make_world, run, wait_on_disk  # first: it knows the harness
import torrents
from harness import Process, check


def no_display(lab):
    program = Process(lab, 'freshet', ['env', '-u', 'DISPLAY', '-u', 'WAYLAND_DISPLAY',
                                       os.path.join(lab.options.build, 'src', 'app', 'freshet')],
                      env={'GSETTINGS_SCHEMA_DIR': os.path.join(lab.options.build, 'data')})
    check(program.wait_exit(20) == 1, 'it should end with 1')
    said = [line for line in program.output().splitlines() if 'freshet-cli' in line]
    check(len(said) == 1, f'one sentence that names freshet-cli, not:\n{program.output()}')


def empty(lab):
    desk = Desk(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.wait('No Torrent Selected')
    check(desk.find('Your Torrents Cannot Be Opened') is None, 'what was never shown should not be seen')
    check_names(desk, 'in an empty window')
    desk.picture('empty')
    check(desk.quit(program) < 6, 'quitting took too long')


def second_instance(lab):
    """It shows the window of the first, and ends."""
    desk = Desk(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.run_again()
    desk.wait('No Torrents Yet')
    check(desk.application().get_child_count() == 1, 'there should be one window')
    desk.quit(program)


def background(lab):
    """A closed window comes back to torrents that went on."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(made[0].path)
    desk.wait_row('one file.bin')
    desk.keys('ctrl+w')
    desk.until('the window is closed', lambda: desk.frame() is None, 20, program)
    wait_on_disk(desk, program, made)
    check(program.is_alive(), 'it should go on')
    desk.run_again()
    desk.until('the window is back', desk.frame, 20, program)
    desk.wait_row('one file.bin', 'Seeding')
    desk.quit(program)


def killed(lab):
    """It finds everything as it was."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(*(torrent.path for torrent in made))
    wait_on_disk(desk, program, made)
    desk.act('win.select-all')
    desk.act('win.stop')
    for torrent in made:
        desk.wait_row(torrent.content.name, 'Complete')
    program.signal(signal.SIGKILL)
    program.wait_exit(10)
    program = desk.start()
    for torrent in made:
        desk.wait_row(torrent.content.name, 'Complete')
    desk.quit(program)


def restarted(lab):
    """The torrents, their states, and what the window showed of them."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(*(torrent.path for torrent in made))
    wait_on_disk(desk, program, made)
    desk.wait_row('one file.bin', 'Seeding')
    desk.act('win.select-all')
    desk.act('win.stop')
    desk.wait_row(made[1].content.name, 'Complete')
    desk.point(desk.wait_row('one file.bin', 'Complete'))
    desk.show_page('Files')
    desk.wait('Files', 'TREE_TABLE')
    desk.act('win.show-sidebar')
    desk.wait('All', 'LABEL', gone=True)
    desk.keys('ctrl+2')
    desk.wait('Columns', 'TREE_TABLE')
    desk.quit(program)

    program = desk.start()
    desk.wait('Columns', 'TREE_TABLE')
    desk.keys('ctrl+1')
    for torrent in made:
        desk.wait_row(torrent.content.name, 'Complete')
    # A page that was shown keeps its size.
    check(not any(node.get_name().startswith('No Torrents ') for node in desk.walk()),
          'before the torrents were there, it said that there are none')
    check(desk.find('All', 'LABEL') is None, 'the filters should be hidden still')
    desk.point(desk.row('one file.bin'))
    desk.wait('Files', 'TREE_TABLE')
    desk.picture('restarted')
    desk.quit(program)
    for torrent in made:
        check(not torrent.content.compare(desk.target), 'what was downloaded should be as it was')


def preferences(lab):
    """They stick, and hold."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab)

    def find_switch(title):
        return desk.find(None, 'CHECK_BOX', desk.wait(title, 'LIST_ITEM', top=desk.frame('Preferences')))

    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.keys('ctrl+comma')
    desk.wait_frame('Preferences')
    for title in ('Ask When Adding', 'Keep Running Without a Window'):
        switch = find_switch(title)
        check(desk.has_state(switch, 'CHECKED'), f'{title} should be on at first')
        desk.act('toggle', switch)
        desk.wait_state(switch, 'CHECKED', False)
    desk.keys('Escape')
    desk.wait_closed('Preferences')
    desk.quit(program)
    check(desk.get_setting('ask-when-adding') == 'false', 'it should be saved')

    program = desk.start(made[0].path)
    # It is not asked for.
    wait_on_disk(desk, program, made)
    desk.keys('ctrl+comma')
    desk.wait_frame('Preferences')
    for title in ('Ask When Adding', 'Keep Running Without a Window'):
        check(not desk.has_state(find_switch(title), 'CHECKED'), f'{title} should be off still')
    check(desk.has_state(find_switch('Start at Once'), 'CHECKED'), 'what was not touched should be as it was')
    desk.keys('Escape')
    desk.wait_closed('Preferences')
    # No window, no program.
    desk.keys('ctrl+w')
    check(program.wait_exit(15) == 0, 'it should end')


sys.exit(run(__doc__, [no_display, empty, second_instance, background, killed, restarted, preferences]))
