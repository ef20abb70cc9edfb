#!/usr/bin/python3
"""Drives Freshet as an installed Flatpak, in its sandbox, with the portals of this machine. By script/flatpak.

  sandbox.py --installation FOLDER --pictures FOLDER [--overlay FOLDER] SCENARIO

Takes root's rights: it has network, mounts and processes of its own, and leaves none of them.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import configparser
import os
import shutil
import subprocess
import sys

from desk import APP_ID, Desk, wait_until  # first: it knows where the harness is
import harness
import torrents
from clients import Libtorrent
from harness import Failure, Opentracker, Process, check

TIMEOUT_S = 60
RUNTIMES = '/run/user'
# What the manifest asks for, as README.md explains it; not a hair more.
PERMISSIONS = {
    'Context': {'shared': {'network', 'ipc'}, 'sockets': {'x11', 'wayland', 'fallback-x11'}, 'devices': {'dri'},
                'filesystems': {'xdg-download:create'}},
    'System Bus Policy': {'org.freedesktop.UPower': {'talk'}, 'org.freedesktop.resolve1': {'talk'}},
}


class SandboxDesk(Desk):
    """A desktop with Freshet installed for one person, whose home has a folder for downloads, or has it only by name,
    or has none."""

    def __init__(self, lab, is_named=True, is_there=True):
        installation = lab.options.installation
        shares = [os.path.join(installation, 'exports', 'share'), '/usr/local/share', '/usr/share']
        # The bus must know from its start what it may activate.
        os.environ.update(FLATPAK_USER_DIR=installation, XDG_DATA_DIRS=':'.join(shares), XDG_CURRENT_DESKTOP='GNOME',
                          GSK_RENDERER='cairo', GDK_DISABLE='gl,vulkan', GDK_BACKEND='x11')
        super().__init__(lab)
        self.downloads = os.path.join(self.home, 'My Downloads')
        os.makedirs(os.path.join(self.home, '.config'))
        if is_there:
            os.makedirs(self.downloads)
        if is_named:
            with open(os.path.join(self.home, '.config', 'user-dirs.dirs'), 'w', encoding='utf-8') as out:
                out.write('XDG_DOWNLOAD_DIR="$HOME/My Downloads"\n')
        self.run('update-environment', ['dbus-update-activation-environment', '--all'])

    def make_runtime_folder(self):
        runtime = os.path.join(RUNTIMES, str(os.getuid()))
        os.makedirs(runtime, mode=0o700)
        return runtime

    def in_home(self, name, command):
        """What a person starts, and, after the first, what the bus starts: all have one home."""
        homes = {'CONFIG': '.config', 'DATA': '.local/share', 'CACHE': '.cache', 'STATE': '.local/state'}
        variables = [f'XDG_{kind}_HOME={self.home}/{folder}' for kind, folder in homes.items()]
        return Process(self.lab, name, ['env', f'HOME={self.home}', *variables, *command])

    def run(self, name, command):
        """A program that ends by itself; its output."""
        process = self.in_home(name, command)
        status = process.wait_exit(TIMEOUT_S)
        check(status == 0, f'{name} ended with {status}\n{process.tail()}')
        return process.output()

    def launch(self, *arguments):
        """Files as arguments are forwarded, as the exported desktop file asks for it."""
        return self.in_home('freshet', ['flatpak', '--user', 'run', '--env=G_DEBUG=fatal-criticals',
                                        '--file-forwarding', APP_ID, '@@', *arguments, '@@'])

    def shell(self, script):
        return self.run('shell', ['flatpak', '--user', 'run', '--command=sh', APP_ID, '-c', script])

    def picture(self, name):
        os.makedirs(self.lab.options.pictures, exist_ok=True)
        subprocess.run(['import', '-window', 'root', os.path.join(self.lab.options.pictures, name + '.png')],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def quit(self):
        self.keys('ctrl+q')
        wait_until('it has quit', lambda: APP_ID not in self.run('ps', ['flatpak', 'ps', '--columns=application']), 15,
                   poll=0.3)

    def close(self):
        """Ends what the bus has started, with what lies in the runtime folder: the next scenario has its own."""
        for process in reversed(self.lab.processes):
            process.stop()
        runtime = os.environ['XDG_RUNTIME_DIR']
        documents = os.path.join(runtime, 'doc')
        # The document portal's file system. Nothing is removed through it.
        if os.path.ismount(documents):
            subprocess.run(['umount', '--lazy', documents], check=True)
        shutil.rmtree(runtime)


def with_desk(**how):
    def decorate(function):
        def scenario(lab):
            desk = SandboxDesk(lab, **how)
            try:
                function(lab, desk)
            except Failure:
                desk.picture('failed')
                raise
            finally:
                desk.close()
        scenario.__name__ = function.__name__
        return scenario
    return decorate


def make_world(lab, *contents):
    """Torrents in a folder that the sandbox does not see, and a real client on loopback that seeds them."""
    folder = lab.make_folder('elsewhere')
    plain = [torrents.Torrent(os.path.join(folder, f'{number}.torrent'), content)
             for number, content in enumerate(contents)]
    tracker = Opentracker(lab, [torrent.hash for torrent in plain])
    made = [torrents.Torrent(torrent.path, torrent.content, [tracker.urls['http']]) for torrent in plain]
    source = lab.make_folder('source')
    for torrent in made:
        torrent.content.write(source)
    Libtorrent(lab, made, source, is_seed=True).wait_ready()
    return made


def add_from_dialog(desk, torrent):
    desk.wait('Add Torrent', 'FRAME')
    desk.wait(torrent.content.name)
    button = desk.wait('Add', 'PUSH_BUTTON')
    wait_until('it can be added', lambda: button.get_state_set().contains(desk.atspi.StateType.SENSITIVE), 20)
    desk.picture('add')
    desk.click('Add')
    desk.wait('Add Torrent', 'FRAME', gone=True)


# ---- Scenarios

@with_desk()
def shut_in(lab, desk):
    """It sees the folder for downloads and nothing else of this machine."""
    said = configparser.ConfigParser(strict=False)
    said.optionxform = str
    said.read_string(desk.run('permissions', ['flatpak', '--user', 'info', '--show-permissions', APP_ID]))
    found = {group: {key: set(value.strip(';').split(';')) for key, value in said.items(group)}
             for group in said.sections()}
    check(found == PERMISSIONS, f'it asks for {found}')
    for folder, name in ((desk.home, 'secret'), (desk.downloads, 'wanted')):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as out:
            out.write(name + '\n')
    said = desk.shell(f'''
      exec 2>/dev/null
      cat "{desk.downloads}/wanted"; echo written >"{desk.downloads}/by-it"
      cat "{desk.home}/secret" || echo unseen
      ls -d "{lab.options.installation}/repo" "{harness.HERE}" /root /run/host/root || true
      ls -A "{desk.home}"''')
    with open(os.path.join(desk.downloads, 'by-it'), encoding='utf-8') as written:
        check(written.read() == 'written\n', 'what it writes into Downloads arrives')
    check(said.split('\n') == ['wanted', 'unseen', '.var', 'My Downloads', ''], f'it sees more, or less:\n{said}')


@with_desk()
def exported(lab, desk):
    """What a desktop shows of it, from the exports alone."""
    shares = os.path.join(lab.options.installation, 'exports', 'share')
    for path in (f'applications/{APP_ID}.desktop', f'icons/hicolor/scalable/apps/{APP_ID}.svg',
                 f'icons/hicolor/symbolic/apps/{APP_ID}-symbolic.svg', f'dbus-1/services/{APP_ID}.service'):
        check(os.path.exists(os.path.join(shares, path)), f'{path} is not exported')
    metainfo = [os.path.join(shares, 'metainfo', name) for name in os.listdir(os.path.join(shares, 'metainfo'))]
    check(len(metainfo) == 1 and APP_ID in metainfo[0], f'metainfo: {metainfo}')
    desk.run('desktop-file-validate', ['desktop-file-validate', f'{shares}/applications/{APP_ID}.desktop'])
    desk.run('appstreamcli', ['appstreamcli', 'validate', '--no-net', metainfo[0]])
    for kind in ('application/x-bittorrent', 'x-scheme-handler/magnet'):
        said = desk.run('gio-mime', ['gio', 'mime', kind])
        check(f'{APP_ID}.desktop' in said, f'{kind} is opened by:\n{said}')


@with_desk()
def window(_lab, desk):
    process = desk.launch()
    wait_until('the window is there', desk.frame, 30, process)
    desk.wait('No Torrents Yet')
    desk.picture('empty')
    desk.quit()
    check(process.wait_exit(10) == 0, f'it ended badly\n{process.tail()}')


@with_desk()
def open_and_download(lab, desk):
    """A file from a folder that it does not see comes through the document portal, twice; all of it arrives."""
    first, second = make_world(lab, torrents.multi(), torrents.single())
    desk.run('gio-open', ['gio', 'open', first.path])
    wait_until('the window is there', desk.frame, 30)
    add_from_dialog(desk, first)
    wait_until('all is on disk', lambda: not first.content.compare(desk.downloads), TIMEOUT_S, poll=0.2)
    # A second instance hands over what it was given, and ends.
    again = desk.launch(second.path)
    check(again.wait_exit(20) == 0, f'the second instance\n{again.tail()}')
    add_from_dialog(desk, second)
    wait_until('all is on disk', lambda: not second.content.compare(desk.downloads), TIMEOUT_S, poll=0.2)
    desk.wait('Seeding')
    desk.picture('complete')
    documents = desk.run('documents', ['flatpak', 'documents', '--columns=origin', APP_ID])
    check(first.path in documents and second.path in documents, f'through the portal came only:\n{documents}')
    desk.quit()
    for torrent in (first, second):
        differences = torrent.content.compare(desk.downloads)
        check(not differences, '\n'.join(differences))


def download_and_find(lab, desk):
    (torrent,) = make_world(lab, torrents.single())
    desk.run('gio-open', ['gio', 'open', torrent.path])
    wait_until('the window is there', desk.frame, 30)
    add_from_dialog(desk, torrent)
    desk.wait('Seeding')
    desk.quit()
    found = [folder for folder, _, _ in os.walk(desk.home) if not torrent.content.compare(folder)]
    check(len(found) == 1, f'what was downloaded is gone with the sandbox: {found}')
    return os.path.relpath(found[0], desk.home)


@with_desk(is_there=False)
def downloads_missing(lab, desk):
    """The folder is only named: it is made, and not only inside."""
    check(download_and_find(lab, desk) == 'My Downloads', 'it should be in Downloads')


@with_desk(is_named=False, is_there=False)
def downloads_unknown(lab, desk):
    """A home without such a folder: what is downloaded is kept among the program's data."""
    folder = download_and_find(lab, desk)
    check(folder == f'.var/app/{APP_ID}/data/Downloads', f'it is in {folder}')


SCENARIOS = [shut_in, exported, window, open_and_download, downloads_missing, downloads_unknown]


def enter_namespaces():
    """As the harness does, and with processes of its own: what the bus starts does not all end with the bus."""
    if not os.environ.get(harness.IN_NAMESPACE):
        how = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
        os.execvpe('unshare', [*how, harness.PYTHON, '-W', 'ignore', *sys.argv],
                   dict(os.environ, **{harness.IN_NAMESPACE: 'new'}))


def prepare_mounts(options):
    """All of them are seen by this program and what it starts, and end with it."""
    # A sandbox is given the display's socket by its path, which other tests' servers must not take away; and it finds
    # documents in the usual place, wherever they are outside.
    for folder in ('/tmp/.X11-unix', RUNTIMES):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', folder], check=True)
    if options.overlay:
        subprocess.run(['mount', '-t', 'overlay', '-o', f'lowerdir={options.overlay}/usr:/usr', 'overlay', '/usr'],
                       check=True)


def main():
    def add_more(parser):
        parser.add_argument('--installation', required=True, type=os.path.abspath, help='a FLATPAK_USER_DIR')
        parser.add_argument('--pictures', required=True, type=os.path.abspath, help='folder for pictures')
        parser.add_argument('--overlay', type=os.path.abspath, help='what its usr has is seen in /usr: the portals')

    options = harness.parse_options(__doc__, add_more)
    enter_namespaces()
    prepare_mounts(options)
    return harness.run_tests(options, [(scenario.__name__, scenario) for scenario in SCENARIOS])


sys.exit(main())
