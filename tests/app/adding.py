#!/usr/bin/python3
"""All ways by which torrents come into the window, each to the last byte from a real client.

  adding.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import hashlib
import os
import subprocess
import sys
import urllib.parse

from desk import APP_ID, Desk, check_names, make_world, run, serve, wait_on_disk  # first: it knows the harness
import torrents
from clients import Aria2, Libtorrent
from harness import Opentracker, check


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


def wait_words(desk, *words):
    """In the dialog, one of them."""
    def look():
        said = desk.words(desk.frame('Add Torrent'))
        return any(wanted in line for wanted in words for line in said)

    desk.until(f'the dialog says {" or ".join(words)}', look, 20)


def toggle_file(desk, name):
    """In the dialog's tree."""
    box = desk.wait(name, 'CHECK_BOX', top=desk.frame('Add Torrent'))
    desk.point(box, title='Add Torrent')
    desk.wait_state(box, 'CHECKED', False)


def magnet(lab):
    """The files are shown before anything is downloaded, and one is left out."""
    made, _ = make_world(lab, torrents.multi())
    content = made[0].content
    left_out = 'ascii.txt'
    desk = Desk(lab)
    program = desk.start(make_link(made[0], name='What the link says'))
    desk.wait_frame('Add Torrent')
    wait_words(desk, left_out)
    wait_words(desk, '1 seed, 1 leecher by trackers')
    check_names(desk, 'in the dialog of a link')
    check(not os.listdir(desk.target), 'nothing should be downloaded before it is added')
    toggle_file(desk, left_out)
    desk.picture('magnet-files')
    add_in_dialog(desk)
    desk.wait_row(content.name, 'Seeding')
    there = os.listdir(os.path.join(desk.target, content.name))
    check(left_out not in there, f'"{left_out}" was not chosen: {there}')
    check(all(left_out in difference for difference in content.compare(desk.target)),
          f'all others should be there: {content.compare(desk.target)}')
    desk.quit(program)


def magnet_early(lab):
    """Added before anybody has told what is in it; all of it comes once somebody does."""
    content = torrents.multi()
    bare = torrents.Torrent(lab.path('0.torrent'), content)
    tracker = Opentracker(lab, [bare.hash])
    torrent = torrents.Torrent(bare.path, content, [tracker.urls['http']])
    source = lab.make_folder('source')
    content.write(source)
    desk = Desk(lab)
    program = desk.start(make_link(torrent, name='What the link says'))
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'What the link says')
    # The tracker tells us of ourselves.
    wait_words(desk, 'No peers found yet', 'Connecting to 1 peer', 'The 1 known peer cannot be reached')
    check_names(desk, 'in the dialog of a link that nobody answers')
    desk.picture('magnet-asks')
    # Whoever cancels does not want to know any more, and can ask again.
    desk.keys('Escape')
    desk.wait_closed('Add Torrent')
    desk.run_again(make_link(torrent, name='What the link says'))
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'Connecting to 1 peer', 'The 1 known peer cannot be reached')
    add_in_dialog(desk)
    desk.wait_row('What the link says', 'Looking for files')
    check_names(desk, 'of a link in the list')
    desk.picture('magnet-in-list')
    desk.show_page('Files')
    desk.wait('The list of files is not known yet.')
    desk.picture('magnet-no-files')
    can_do = desk.list_actions(desk.frame())
    check('win.copy-magnet' in can_do and not {'win.rename', 'win.check', 'win.open', 'win.save-torrent'} & {*can_do},
          f'of what is not known yet nothing can be done: {can_do}')
    desk.keys('ctrl+2')
    desk.picture('magnet-in-table')
    desk.keys('ctrl+1')
    seed = Libtorrent(lab, [torrent], source, is_seed=True)
    seed.wait_ready()
    tracker.wait_peers([torrent], 2, 30, seed.process)
    desk.act('win.announce')
    wait_on_disk(desk, program, [torrent])
    desk.wait_row(content.name, 'Seeding')
    desk.quit(program)


def magnet_bad(lab):
    """One sentence says what is wrong; of one that is in the list, that it is there."""
    made, _ = make_world(lab, torrents.single())
    desk = Desk(lab)
    program = desk.start('magnet:?xt=urn:btih:12345&dn=Broken')
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'This magnet link is damaged: a part of it is missing or wrong.')
    check_names(desk, 'of a wrong link')
    desk.picture('magnet-bad')
    desk.keys('Escape')
    desk.wait_closed('Add Torrent')
    desk.run_again(made[0].path)
    add_in_dialog(desk)
    wait_on_disk(desk, program, made)
    desk.run_again(make_link(made[0]) + '&tr=http%3A%2F%2F127.0.0.9%3A9%2Fannounce')
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'This torrent is in your list already.')
    desk.picture('magnet-there')
    desk.click('Add Its Trackers')
    desk.wait('127.0.0.9')
    desk.quit(program)


def magnet_several(lab):
    """Two links and a file together; a link that is dropped on the dialog is none too many."""
    made, seed = make_world(lab, torrents.single(), torrents.multi(), torrents.single('another.bin', seed=7))
    desk = Desk(lab)
    program = desk.start(make_link(made[0]), make_link(made[1], seed), made[2].path,
                         make_link(made[1], name='The same once more'))
    desk.wait_frame('Add Torrent')
    wait_words(desk, 'Add 4 Torrents')
    wait_words(desk, 'The same torrent is here twice.')
    wait_words(desk, '3 chosen, 7')
    check_names(desk, 'in the dialog of several links')
    desk.picture('magnet-several')
    add_in_dialog(desk)
    wait_on_disk(desk, program, made)
    desk.quit(program)


def magnet_drop(lab):
    """Without asking, links are added at once, one by one and very soon after each other."""
    made, seed = make_world(lab, torrents.single(), torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start()
    desk.wait('No Torrents Yet')
    source = desk.offer('--text', make_link(made[0], seed))
    desk.drag_into_window()
    desk.run_again(make_link(made[1], seed))
    wait_on_disk(desk, program, made)
    source.stop()
    desk.raise_window('Freshet')
    desk.quit(program)


def export(lab):
    """A magnet link to the clipboard, and a .torrent of a torrent that came by a link."""
    made, seed = make_world(lab, torrents.multi())
    desk = Desk(lab, ask_when_adding='false')
    program = desk.start(make_link(made[0], seed))
    wait_on_disk(desk, program, made)
    desk.wait_row(made[0].content.name, 'Seeding')
    desk.act('win.copy-magnet')
    desk.wait('Magnet link copied')
    desk.picture('export')
    desk.keys('ctrl+l')
    entry = desk.wait('Link', 'TEXT')
    desk.wait_state(entry, 'FOCUSED')
    desk.keys('ctrl+v')
    text = desk.until('the link is in the clipboard', lambda: desk.read(entry), 10)
    words = dict(urllib.parse.parse_qsl(text.partition('?')[2]))
    check(words['xt'] == f'urn:btih:{made[0].hash.hex()}' and words['dn'] == made[0].content.name, text)
    desk.keys('Escape')
    desk.wait_closed()
    path = lab.path('saved.torrent')
    desk.act('win.save-torrent')
    desk.wait_frame('Save Torrent File')
    desk.picture('export-save')
    desk.keys('ctrl+a')
    desk.type(path)
    desk.keys('Return')
    desk.until('the file is saved', lambda: os.path.exists(path) and os.path.getsize(path) > 0, 20)
    with open(path, 'rb') as file:
        info = torrents.bencode(torrents.bdecode(file.read())[b'info'])
    check(hashlib.sha1(info).digest() == made[0].hash, 'another torrent was saved')
    desk.wait_closed()
    desk.quit(program)


SCENARIOS = [command_line, command_line_again, bus, drop, drop_link, paste, link, magnet, magnet_early, magnet_bad,
             magnet_several, magnet_drop, export]
sys.exit(run(__doc__, SCENARIOS))
