#!/usr/bin/python3
"""Drives the real window under Xvfb, by accessibility and keys, against real clients. One scenario a run:

  window.py --build FOLDER --freshet-cli PROGRAM SCENARIO

Pictures of each state are left in FOLDER/tests/app/screenshots.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import signal
import sys
import time

from desk import Desk, wait_until  # first: it knows where the harness is
import harness
import torrents
from clients import Aria2, Freshet, Libtorrent
from harness import Failure, Opentracker, Process, check

TIMEOUT_S = 60


def make_world(lab, *contents, client=None):
    """A tracker, torrents, and a real client that seeds them."""
    plain = [torrents.Torrent(lab.path(f'{number}.torrent'), content) for number, content in enumerate(contents)]
    tracker = Opentracker(lab, [torrent.hash for torrent in plain])
    made = [torrents.Torrent(torrent.path, torrent.content, [tracker.urls['http']]) for torrent in plain]
    source = lab.make_folder('source')
    for torrent in made:
        torrent.content.write(source)
    seed = (client or Libtorrent)(lab, made, source, is_seed=True)
    seed.wait_ready()
    return made, seed


def set_settings(desk, **settings):
    """As a person would have set them before."""
    folder = os.path.join(desk.home, 'config', 'glib-2.0', 'settings')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'keyfile'), 'w', encoding='utf-8') as out:
        out.write('[org/freshet/Freshet]\n')
        out.writelines(f'{name.replace("_", "-")}={value}\n' for name, value in settings.items())


def desk_with_folder(lab, **settings):
    desk = Desk(lab)
    desk.target = lab.make_folder('target')
    set_settings(desk, download_folder=f"b'{desk.target}'", offer_clipboard='false', **settings)
    return desk


def check_names(desk, where):
    faults = desk.nameless()
    check(not faults, f'without a name, {where}:\n' + '\n'.join(faults))


def wait_quit(desk, program):
    began = time.monotonic()
    desk.keys('ctrl+q')
    status = program.wait_exit(15)
    check(status == 0, f'it ended with {status}\n{program.tail()}')
    return time.monotonic() - began


# ---- Scenarios

def no_display(lab):
    program = Process(lab, 'freshet', ['env', '-u', 'DISPLAY', '-u', 'WAYLAND_DISPLAY',
                                       os.path.join(lab.options.build, 'src', 'app', 'freshet')],
                      env={'GSETTINGS_SCHEMA_DIR': os.path.join(lab.options.build, 'data')})
    check(program.wait_exit(20) == 1, 'it should end with 1')
    said = [line for line in program.output().splitlines() if 'freshet-cli' in line]
    check(len(said) == 1, f'one sentence that names freshet-cli, not:\n{program.output()}')


def empty(lab):
    desk = desk_with_folder(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    check_names(desk, 'in an empty window')
    desk.picture('empty')
    check(wait_quit(desk, program) < 6, 'quitting took too long')


def download(lab):
    """From the command line through the dialog to the last byte, from a real client."""
    (torrent,), _ = make_world(lab, torrents.multi())
    desk = desk_with_folder(lab)
    program = desk.start(torrent.path)
    desk.wait('Add Torrent', 'FRAME')
    button = desk.wait('Add', 'PUSH_BUTTON')
    wait_until('it can be added', lambda: button.get_state_set().contains(desk.atspi.StateType.SENSITIVE), 20, program)
    check_names(desk, 'in the dialog')
    desk.picture('add')
    desk.click('Add')
    desk.wait('Add Torrent', 'FRAME', gone=True)
    wait_until('all is on disk', lambda: not torrent.content.compare(desk.target), TIMEOUT_S, program, poll=0.2)
    desk.wait('Seeding')
    desk.picture('complete')
    wait_quit(desk, program)
    differences = torrent.content.compare(desk.target)
    check(not differences, '\n'.join(differences))


def open_while_running(lab):
    """A second instance hands over its file and ends; without asking, it is added at once."""
    made, _ = make_world(lab, torrents.single(), torrents.multi(), client=Aria2)
    desk = desk_with_folder(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    for torrent in made:
        desk.run_again(torrent.path)
    for torrent in made:
        wait_until('all is on disk', lambda one=torrent: not one.content.compare(desk.target), TIMEOUT_S, program,
                   poll=0.2)
    wait_quit(desk, program)


def pages(lab):
    """Every page of the details, both faces of the list: each control has a name."""
    (torrent,), _ = make_world(lab, torrents.multi())
    desk = desk_with_folder(lab, ask_when_adding='false')
    program = desk.start(torrent.path)
    desk.wait('Overview')
    desk.act('win.select-all')
    for page in ('Overview', 'Peers', 'Files', 'Trackers', 'Log'):
        tab = desk.wait(page)
        possible = desk.list_actions(tab)
        if possible:
            desk.act(possible[0], tab)
        time.sleep(0.7)
        check_names(desk, f'with the page {page}')
        desk.picture(f'page-{page.lower()}')
    desk.keys('ctrl+2')
    desk.wait(role='TREE_TABLE') if desk.find(role='TREE_TABLE') else time.sleep(1)
    check_names(desk, 'in the table')
    desk.picture('table')
    wait_quit(desk, program)


def table(lab):
    """The table says of each row what the list says, moves sideways, and keeps its columns and their order."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = desk_with_folder(lab, ask_when_adding='false', view="'table'", sort_by="'name'", sort_descending='false',
                            columns="['name', 'size', 'progress', 'state', 'reason', 'folder', 'added']",
                            window_width='700')
    program = desk.start(*(torrent.path for torrent in made))
    for torrent in made:
        wait_until('all is on disk', lambda one=torrent: not one.content.compare(desk.target), TIMEOUT_S, program,
                   poll=0.2)

    rows = [desk.wait(f'{name}, Seeding, 100 %') for name in sorted(torrent.content.name for torrent in made)]
    order = [row.get_index_in_parent() for row in rows]
    check(order == sorted(order), f'in the order of their names, not in that of {order}')
    check_names(desk, 'in the table')
    heading = desk.wait('Folder', 'LABEL')

    def place():
        return heading.get_component_iface().get_extents(desk.atspi.CoordType.WINDOW).x

    before = place()
    desk.point_at(rows[0])
    desk.keys('Right', 'Right')
    wait_until('the headings have moved', lambda: place() < before, 10, program, poll=0.1)
    desk.picture('table-sideways')
    desk.keys('Left', 'Left')
    wait_until('they are back', lambda: place() == before, 10, program, poll=0.1)
    wait_quit(desk, program)


def survive(lab):
    """Killed, it finds everything as it was."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = desk_with_folder(lab, ask_when_adding='false')
    program = desk.start(*(torrent.path for torrent in made))
    for torrent in made:
        wait_until('all is on disk', lambda one=torrent: not one.content.compare(desk.target), TIMEOUT_S, program,
                   poll=0.2)
    desk.act('win.select-all')
    desk.act('win.stop')
    desk.wait('Complete')
    program.signal(signal.SIGKILL)
    program.wait_exit(10)
    program = desk.start()
    for torrent in made:
        desk.wait(torrent.content.name)
    desk.wait('Complete')
    wait_quit(desk, program)


def background(lab):
    """A closed window comes back to torrents that went on."""
    made, _ = make_world(lab, torrents.single())
    desk = desk_with_folder(lab, ask_when_adding='false')
    program = desk.start(made[0].path)
    desk.wait('one file.bin')
    desk.keys('ctrl+w')
    wait_until('the window is closed', lambda: desk.frame() is None, 20, program)
    wait_until('all is on disk', lambda: not made[0].content.compare(desk.target), TIMEOUT_S, program, poll=0.2)
    check(program.is_alive(), 'it should go on')
    desk.run_again()
    wait_until('the window is back', desk.frame, 20, program)
    desk.wait('one file.bin')
    wait_quit(desk, program)


SCENARIOS = [no_display, empty, download, open_while_running, pages, table, survive, background]


def main():
    def add_more(parser):
        parser.add_argument('--build', required=True, type=os.path.abspath, help='the build folder')

    options = harness.parse_options(__doc__, add_more)
    harness.enter_namespace()
    return harness.run_tests(options, [(scenario.__name__, scenario) for scenario in SCENARIOS])


sys.exit(main())
