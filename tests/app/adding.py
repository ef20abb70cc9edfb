#!/usr/bin/python3
"""All ways by which torrents come into the window, each to the last byte from a real client.

  adding.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import subprocess
import sys
import urllib.parse

from desk import APP_ID, Desk, check_names, make_world, run, serve, wait_on_disk  # first: it knows the harness
import torrents
from clients import Aria2
from harness import check


def add_in_dialog(desk, picture=None):
    """As soon as it is known what is in it."""
    desk.wait_frame('Add Torrent')
    desk.wait_state(desk.wait('Add', 'PUSH_BUTTON', top=desk.frame('Add Torrent')), 'SENSITIVE')
    if picture:
        desk.picture(picture)
    desk.click('Add')
    desk.wait_closed('Add Torrent')


def command_line(lab):
    made, _ = make_world(lab, torrents.multi())
    desk = Desk(lab)
    program = desk.start(made[0].path)
    desk.wait_frame('Add Torrent')
    check_names(desk, 'in the dialog')
    add_in_dialog(desk, 'add')
    wait_on_disk(desk, program, made)
    desk.wait_row(made[0].content.name, 'Seeding')
    desk.picture('complete')
    desk.quit(program)
    check(not made[0].content.compare(desk.target), 'what was downloaded should stay as it is')


def command_line_again(lab):
    """A second instance hands over its file and ends; without asking, it is added at once."""
    made, _ = make_world(lab, torrents.single(), torrents.multi(), client=Aria2)
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    for torrent in made:
        desk.run_again(torrent.path)
    wait_on_disk(desk, program, made)
    desk.quit(program)


def bus(lab):
    """What a file manager calls."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    subprocess.run(['gdbus', 'call', '--session', '--dest', APP_ID, '--object-path', '/' + APP_ID.replace('.', '/'),
                    '--method', 'org.freedesktop.Application.Open', f"['file://{made[0].path}']", '{}'], check=True,
                   stdout=subprocess.DEVNULL)
    add_in_dialog(desk)
    wait_on_disk(desk, program, made)
    desk.quit(program)


def drop(lab):
    """Two files at once."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    source = desk.offer(*(torrent.path for torrent in made))
    desk.drag_into_window()
    for torrent in made:
        desk.wait_row(torrent.content.name)
    source.stop()
    wait_on_disk(desk, program, made)
    desk.wait('Drop to Add', gone=True)
    desk.raise_window('Freshet')
    desk.quit(program)


def drop_link(lab):
    """What a browser drops; and what is none of ours."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    source = desk.offer('--text', 'a sentence without a link')
    desk.drag_into_window()
    desk.wait('There is no torrent file or link in what was dropped')
    source.stop()
    source = desk.offer('--text', f'{serve(lab.folder)}/0.torrent')
    desk.drag_into_window()
    wait_on_disk(desk, program, made)
    source.stop()
    desk.raise_window('Freshet')
    desk.quit(program)


def paste(lab):
    """A link that was copied, then a file."""
    made, _ = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    for number, what in enumerate((('--text', f'Look: {serve(lab.folder)}/0.torrent'), (made[1].path,))):
        source = desk.offer(*what)
        desk.raise_window('Freshet')
        desk.keys('ctrl+v')
        desk.wait_row(made[number].content.name)
        source.stop()
    wait_on_disk(desk, program, made)
    desk.quit(program)


def link(lab):
    """Typed; and a link that is none cannot be added."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab)
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.keys('ctrl+l')
    entry = desk.wait('Link', 'TEXT')
    check_names(desk, 'where a link is typed')
    button = desk.wait('Add', 'PUSH_BUTTON')
    desk.wait_state(button, 'SENSITIVE', False)
    desk.wait_state(entry, 'FOCUSED')
    desk.type('nothing')
    desk.wait_state(button, 'SENSITIVE', False)
    desk.keys('ctrl+a')
    desk.type(f'{serve(lab.folder)}/0.torrent')
    desk.wait_state(button, 'SENSITIVE')
    desk.picture('link')
    desk.keys('Return')
    add_in_dialog(desk)
    wait_on_disk(desk, program, made)
    desk.quit(program)


# ---- Magnet links

def make_link(torrent, *seeds, name=None):
    words = [f'xt=urn:btih:{torrent.hash.hex()}', f'dn={urllib.parse.quote(name or torrent.content.name)}']
    with open(torrent.path, 'rb') as file:
        words.append(f'tr={urllib.parse.quote(torrents.bdecode(file.read())[b"announce"], safe="")}')
    return 'magnet:?' + '&'.join(words + [f'x.pe={seed.ip}:{seed.port}' for seed in seeds])


def wait_words(desk, words, gone=False):
    """Of a dialog: what is in it cannot be hit while it has no window manager."""
    def look():
        dialog = desk.frame('Add Torrent')
        is_there = dialog is not None and any(
            words in node.get_name() for node in desk.walk(dialog) if node.get_role() == desk.atspi.Role.LABEL)
        return is_there != gone

    desk.until(f'"{words}" is {"gone" if gone else "there"} in the dialog', look, 20)


def magnet(lab):
    """The files are shown before anything is downloaded, and one is left out."""
    made, seed = make_world(lab, torrents.multi())
    content = made[0].content
    desk = Desk(lab)
    program = desk.start(make_link(made[0], name='What the link says'))
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'ascii.txt')
    wait_words(desk, '1 seed, 0 leechers by trackers')
    check_names(desk, 'in the dialog of a link')
    desk.picture('magnet-files')
    import sys as s
    for node in desk.walk(desk.frame('Add Torrent')):
        print('#', node.get_role_name(), repr(node.get_name()), file=s.stderr)
    desk.quit(program)


SCENARIOS = [command_line, command_line_again, bus, drop, drop_link, paste, link, magnet]
sys.exit(run(__doc__, SCENARIOS))
