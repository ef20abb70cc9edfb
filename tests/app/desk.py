"""A desktop for the window's tests: a display, a session bus, the program on them, and hands and eyes by accessibility.

Built on the interop tests' harness: a Lab has one Desk, whose processes end with it.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import functools
import http.server
import itertools
import os
import re
import subprocess
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'interop'))
import harness  # noqa: E402
import torrents  # noqa: E402
from clients import Libtorrent  # noqa: E402
from harness import Failure, Opentracker, Process, check, wait_until  # noqa: E402

APP_ID = 'org.freshet.Freshet'
# What a person or a program that reads aloud works with: each needs a name of its own.
CONTROLS = ('PUSH_BUTTON', 'TOGGLE_BUTTON', 'CHECK_BOX', 'RADIO_BUTTON', 'COMBO_BOX', 'ENTRY', 'TEXT', 'PASSWORD_TEXT',
            'SLIDER', 'SPIN_BUTTON', 'PROGRESS_BAR', 'LIST', 'TABLE', 'TREE_TABLE', 'PAGE_TAB', 'MENU_ITEM')
GENERIC = ('Gtk', 'Adw', 'Freshet')
# Inside widgets of the toolkit, where nobody can name them: role, name, what that is inside of.
INTERNAL = [
    ('LIST', 'GtkColumnListView', r'tree table "[^"]'),
    ('LIST', 'GtkListView', r'panel "" in panel "" in combo box "[^"]'),
    ('LIST', 'GtkListBox', r'panel "'),                                     # a group of preferences
    ('PUSH_BUTTON', 'GtkToggleButton', r'combo box "[^"]'),
    ('PUSH_BUTTON', 'GtkImage', r'filler "AdwToastWidget"'),                # closes a toast
    ('PUSH_BUTTON', 'GtkImage', r'.*AdwLeaflet.* in frame "Preferences"'),  # searches in them
    ('PUSH_BUTTON', 'GtkButton', r'.*AdwLeaflet.* in frame "About"'),
    ('PUSH_BUTTON', 'GtkImage', r'panel .* in frame "GtkShortcutsWindow"'),
    # Switches a row that unfolds.
    ('CHECK_BOX', 'GtkSwitch', r'panel "" in panel "" in list item "[^"]+" in list "GtkListBox"'),
]
# GLib warns of services, too, that only some desks have.
# Whoever asks for the windows while one is made is told of it before it has a name on the bus: GTK 4.8 then ends the
# program.
TOOLKIT_RACE = "g_variant_is_object_path: assertion 'string != NULL' failed"
ATTEMPT = 'FRESHET_DESK_ATTEMPT'
TOOLKIT_WARNING = re.compile(r'(Gtk|Gdk|Gsk|Adwaita|Pango)-WARNING')
CLASS_NAME = re.compile(r'(Gtk|Adw)\w+')


def plain(name):
    """GTK 4.8 tells a button's label twice, with its access key and without: "_Add Add"."""
    half = len(name) // 2
    without = name[half + 1:]
    return without if name[:half + 1].replace('_', '').strip() == without else name


class Desk:
    """Enters the environment of this very process: one to a program."""

    def __init__(self, lab, size='1280x800', **settings):
        """`settings` are as a person would have set them before, dashes as underscores."""
        self.lab = lab
        lab.desk = self
        os.environ.pop('WAYLAND_DISPLAY', None)
        server = Process(lab, 'xvfb', ['Xvfb', '-displayfd', '1', '-screen', '0', f'{size}x24', '-nolisten', 'tcp',
                                       '-noreset'])
        os.environ['DISPLAY'] = ':' + server.wait_for(r'^(\d+)$', 20).group(1)
        os.environ['XDG_RUNTIME_DIR'] = self.make_runtime_folder()
        bus = Process(lab, 'dbus', ['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1'],
                      separate=True)
        os.environ['DBUS_SESSION_BUS_ADDRESS'] = bus.wait_for(r'(unix:\S+)', 20).group(1)
        warnings.simplefilter('ignore')
        import gi
        gi.require_version('Atspi', '2.0')
        from gi.repository import Atspi, GLib
        self.atspi = Atspi
        # A busy machine is slow to answer.
        Atspi.set_timeout(10000, 20000)
        self.glib_error = GLib.GError
        self.home = lab.make_folder('home')
        self.target = lab.make_folder('target')
        self.set_settings(download_folder=f"b'{self.target}'", offer_clipboard='false', **settings)

    def make_runtime_folder(self):
        runtime = self.lab.make_folder('runtime')
        os.chmod(runtime, 0o700)
        return runtime

    @property
    def keyfile(self):
        return os.path.join(self.home, 'config', 'glib-2.0', 'settings', 'keyfile')

    def set_settings(self, **settings):
        # Nothing of a test goes beyond the loopback; a scenario may say otherwise.
        silent = dict.fromkeys(('use_dht', 'use_pex', 'use_local_discovery'), 'false')
        settings = {**silent, **settings}
        os.makedirs(os.path.dirname(self.keyfile), exist_ok=True)
        with open(self.keyfile, 'w', encoding='utf-8') as out:
            out.write('[org/freshet/Freshet]\n')
            out.writelines(f'{name.replace("_", "-")}={value}\n' for name, value in settings.items())

    def get_setting(self, name):
        """As it was saved; None: as it is by default."""
        with open(self.keyfile, encoding='utf-8') as file:
            lines = dict(line.rstrip('\n').split('=', 1) for line in file if '=' in line)
        return lines.get(name)

    def variables(self, **more):
        build = self.lab.options.build
        return dict(GSETTINGS_SCHEMA_DIR=os.path.join(build, 'data'), GSETTINGS_BACKEND='keyfile',
                    GSK_RENDERER='cairo', GDK_DEBUG='gl-disable', GDK_DISABLE='gl,vulkan', GDK_BACKEND='x11',
                    G_DEBUG='fatal-criticals', ADW_DISABLE_PORTAL='1', GTK_USE_PORTAL='0', **more)

    def command(self, *arguments):
        """The program in a home that stays the same from start to start."""
        home = self.home
        return ['env', f'HOME={home}', f'XDG_CONFIG_HOME={home}/config', f'XDG_DATA_HOME={home}/data',
                f'XDG_CACHE_HOME={home}/cache', os.path.join(self.lab.options.build, 'src', 'app', 'freshet'),
                *arguments]

    def start(self, *arguments):
        program = Process(self.lab, 'freshet', self.command(*arguments), env=self.variables())
        self.until('the window is there', lambda: self.frame(), 30, program)
        return program

    def run_again(self, *arguments):
        """A second instance, which only hands over what it was given."""
        second = Process(self.lab, 'second', self.command(*arguments), env=self.variables())
        status = second.wait_exit(15)
        if status != 0:
            raise Failure(f'the second instance ended with {status}\n{second.tail()}')

    # ---- Eyes

    def until(self, what, condition, timeout, *processes, poll=0.1):
        """Waits for something to be seen; what goes away while it is looked at has not been seen."""
        def look():
            try:
                return condition()
            except self.glib_error:
                return None

        return wait_until(what, look, timeout, *processes, poll=poll)


    def application(self):
        desktop = self.atspi.get_desktop(0)
        for number in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(number)
            if child is not None and child.get_name() == 'freshet':
                return child
        return None

    def get_place(self, node):
        """x, y, width and height within its window; None for what has none, such as a page's frame."""
        component = node.get_component_iface()
        if component is None:
            return None
        place = component.get_extents(self.atspi.CoordType.WINDOW)
        return place.x, place.y, place.width, place.height

    def is_given_room(self, node):
        """Not so what a stack, a revealer or a bar has never shown: it is VISIBLE in GTK's words all the same."""
        place = self.get_place(node)
        return place is None or (place[2] > 0 and place[3] > 0)

    @functools.cached_property
    def is_newer(self):
        """Whether this is more like GTK 4.18 than like 4.8, the two that are tried."""
        return tuple(map(int, self.application().get_toolkit_version().split('.')[:2])) >= (4, 10)

    def is_shown(self, node):
        """A page that was shown once keeps its size; its labels can be hit no more."""
        if self.is_newer:
            # 4.8 says it of windows alone.
            return self.has_state(node, 'SHOWING')
        if not node.get_state_set().contains(self.atspi.StateType.VISIBLE):
            return False
        if (node.get_role() != self.atspi.Role.LABEL or
                not node.get_state_set().contains(self.atspi.StateType.SENSITIVE)):
            return True
        x, y, width, height = self.get_place(node)
        return node.get_component_iface().get_accessible_at_point(x + width // 2, y + height // 2,
                                                                  self.atspi.CoordType.WINDOW) is not None

    def walk_all(self):
        """What has never been seen, too."""
        return self.walk(is_wanted=lambda node: True)

    def walk(self, top=None, is_wanted=None):
        """All that has a place on the screen."""
        stack = [top or self.application()]
        while stack:
            node = stack.pop()
            try:
                if node is None or not (is_wanted or self.is_given_room)(node):
                    continue
            except self.glib_error:
                continue
            yield node
            try:
                stack.extend(node.get_child_at_index(at) for at in reversed(range(node.get_child_count())))
            except self.glib_error:
                # It went away while it was looked at.
                pass

    def find(self, name=None, role=None, top=None):
        """A control of that name; without a role, words that are to be read somewhere."""
        wanted = getattr(self.atspi.Role, role or 'LABEL')
        for node in self.walk(top):
            try:
                if node.get_role() != wanted:
                    continue
                found = plain(node.get_name())
                if (name is None or found == name or role is None and name in found) and self.is_shown(node):
                    return node
            except self.glib_error:
                pass
        return None

    def wait(self, name=None, role=None, timeout=60, gone=False, top=None):
        what = f'{role or "something"} "{name}" is {"gone" if gone else "there"}'

        def look():
            node = self.find(name, role, top)
            return node is None if gone else node

        return self.until(what, look, timeout, poll=0.1)

    def windows(self):
        application = self.application()
        children = [application.get_child_at_index(at) for at in range(application.get_child_count())] \
            if application else []
        return [child for child in children if child is not None]

    def frame(self, name='Freshet'):
        """A window by its title."""
        return next((window for window in self.windows() if window.get_name() == name), None)

    def wait_frame(self, name):
        """It has the keyboard then, which is a window manager's work."""
        frame = self.until(f'the window "{name}" is there', lambda: self.frame(name), 20, poll=0.1)
        self.raise_window(name)
        return frame

    def wait_closed(self, name=None):
        """Without a name: all but the main window, to which the keyboard goes back, likewise."""
        self.until(f'the window "{name}" is gone',
                   lambda: self.frame(name) is None if name else len(self.windows()) == 1, 20, poll=0.1)
        if self.windows() == [self.frame()]:
            self.raise_window('Freshet')

    def words(self, top=None):
        """What is to be read, line by line."""
        said = []
        for node in self.walk(top):
            try:
                if node.get_role() == self.atspi.Role.LABEL and self.is_shown(node):
                    said.append(node.get_name())
            except self.glib_error:
                pass
        return said

    def has_state(self, node, state):
        return node.get_state_set().contains(getattr(self.atspi.StateType, state))

    def wait_state(self, node, state, is_set=True):
        self.until(f'"{node.get_name()}" is {"" if is_set else "not "}{state}',
                   lambda: self.has_state(node, state) == is_set, 20, poll=0.1)

    def focused(self):
        """What has the keyboard, in the window at hand."""
        windows = self.windows()
        # One that lies behind another remembers what had the keyboard in it; the last that came is in front.
        in_front = [window for window in windows if self.has_state(window, 'ACTIVE')] or windows[-1:]
        for node in (node for window in in_front for node in self.walk(window)):
            try:
                if node.get_state_set().contains(self.atspi.StateType.FOCUSED):
                    return node
            except self.glib_error:
                pass
        return None

    def row(self, name):
        """A torrent in the list, whose name says its state and how much of it is here."""
        for node in self.walk(self.find('Torrents', 'LIST')):
            if node.get_role() == self.atspi.Role.LIST_ITEM and node.get_name().startswith(name + ','):
                return node
        return None

    def wait_row(self, name, *words, gone=False):
        def look():
            row = self.row(name)
            is_so = row is not None and all(word in row.get_name() for word in words)
            return not is_so if gone else row if is_so else None

        try:
            return self.until(f'"{name}" is {"not " if gone else ""}in the list {" ".join(words)}', look, 30, poll=0.1)
        except Failure as failure:
            raise Failure(f'{failure}\n{self.rows()}') from None

    def rows(self):
        return [node.get_name() for node in self.walk(self.find('Torrents', 'LIST'))
                if node.get_role() == self.atspi.Role.LIST_ITEM]

    def tab_to(self, name, role, key='Tab', reject=()):
        """Goes there as somebody without a mouse does; the names of what is passed. Nothing of `reject` may be."""
        wanted = getattr(self.atspi.Role, role)
        passed = []

        def identify(node):
            return node and (node.get_role(), node.get_name(), self.get_place(node))

        while True:
            node = self.until(f'something has the keyboard, after {passed}', self.focused, 10, poll=0.05)
            if node.get_role() == wanted and plain(node.get_name()).startswith(name):
                return passed
            passed.append(node.get_name())
            check(len(passed) < 60, f'no way by {key} to "{name}": {passed}')
            check(not any(passed[-1].startswith(word) for word in reject), f'{key} went to {passed}')
            here = identify(node)
            self.keys(key)
            self.until(f'{key} goes on from {passed}', lambda: identify(self.focused()) not in (None, here), 10,
                       poll=0.05)

    def tab_to_page(self, title):
        """Goes to one of the details' pages: in libadwaita 1.7 the Tab key stops at the one that is shown alone."""
        if self.is_newer:
            self.tab_to('', 'PAGE_TAB')
        self.tab_to(title, 'PAGE_TAB', 'Right' if self.is_newer else 'Tab')

    def value(self, node):
        """Of a bar: 0 to 1."""
        return self.atspi.Value.get_current_value(node)

    def nameless(self):
        """The controls that say nothing of themselves, with where they are."""
        roles = {getattr(self.atspi.Role, name): name for name in CONTROLS}
        faults = []
        n_controls = 0
        for node in self.walk():
            try:
                role = roles.get(node.get_role())
                if role is None or not node.get_state_set().contains(self.atspi.StateType.VISIBLE):
                    continue
                n_controls += 1
                name = node.get_name()
                if not self.is_no_name(name) or self.get_labels(node):
                    continue
                if role == 'MENU_ITEM' and self.is_newer:
                    # As in offers().
                    continue
                where = self.say_where(node)
                if not self.is_internal(role, name, where):
                    faults.append(f'{role} "{name}" in {where}')
            except self.glib_error:
                pass
        check(n_controls > 0, 'there should be a control to look at')
        return faults

    @staticmethod
    def is_internal(role, name, where):
        """GTK 4.18 gives what has no name none, 4.8 that of its class."""
        return any(role == internal[0] and name in ('', internal[1]) and
                   re.match(internal[2] if name else CLASS_NAME.sub('', internal[2]), where)
                   for internal in INTERNAL)

    @staticmethod
    def is_no_name(name):
        """GTK 4.8 calls what has no name like its class."""
        return not name or name.startswith(GENERIC) and ' ' not in name and name != 'Freshet'

    def get_labels(self, node):
        """Of others, that speak for it."""
        return [relation.get_target(at).get_name() for relation in node.get_relation_set()
                if relation.get_relation_type() == self.atspi.RelationType.LABELLED_BY
                for at in range(relation.get_n_targets())
                if not self.is_no_name(relation.get_target(at).get_name())]

    @staticmethod
    def say_where(node):
        parents = []
        parent = node.get_parent()
        while parent is not None:
            parents.append(f'{parent.get_role_name()} "{parent.get_name()[:30]}"')
            parent = parent.get_parent()
        return ' in '.join(parents)

    # ---- Hands

    def list_actions(self, node):
        return [self.atspi.Action.get_action_name(node, at) for at in range(self.atspi.Action.get_n_actions(node))]

    def act(self, action, top=None):
        """An action of the window, such as win.remove, or of any node; once it can be done."""
        node = top or self.frame()
        self.until(f'"{node.get_name()}" can do {action}', lambda: action in self.list_actions(node), 10, poll=0.1)
        self.atspi.Action.do_action(node, self.list_actions(node).index(action))

    def act_for_all(self, action):
        """An action of the application."""
        subprocess.run(['gapplication', 'action', APP_ID, action], check=True)

    def click(self, name, role='PUSH_BUTTON'):
        self.act('click', self.wait(name, role))

    def keys(self, *keys):
        subprocess.run(['xdotool', 'key', '--delay', '30', *keys], check=True)

    def type(self, text):
        subprocess.run(['xdotool', 'type', '--delay', '20', text], check=True)

    def read(self, entry):
        """What is in it."""
        return self.atspi.Text.get_text(entry, 0, self.atspi.Text.get_character_count(entry))

    def type_path(self, entry, path):
        """Where a path is completed while it is typed: 4.18 may put in the rest of a word that is there already."""
        self.type(path)

        def look():
            if self.read(entry).endswith(path):
                return True
            self.keys('shift+End', 'Delete')
            return False

        self.until(f'{path} is typed', look, 20, poll=0.2)

    def offers(self):
        """What the menu that is open has; None for a name that the toolkit keeps to itself."""
        roles = [getattr(self.atspi.Role, role) for role in ('MENU_ITEM', 'CHECK_MENU_ITEM', 'RADIO_MENU_ITEM')]
        names = []
        for node in self.walk():
            try:
                if node.get_role() in roles:
                    names.append(node.get_name())
            except self.glib_error:
                pass
        # 4.18 takes the name from a label of a role that may have none.
        return [None] * len(names) if self.is_newer and not any(names) else names

    def mouse(self, *words):
        subprocess.run(['xdotool', *map(str, words)], check=True)

    def get_edge(self, title):
        """How far within its surface a window begins: 4.18 counts the edge to drag as the window's, 4.8 does not."""
        x, _, width, _ = self.get_place(self.frame(title))
        if self.is_newer:
            return -x
        surface = subprocess.run(['xdotool', 'search', '--onlyvisible', '--name', f'^{title}$', 'getwindowgeometry',
                                  '--shell'], capture_output=True, check=True, text=True).stdout
        return (int(surface.split('WIDTH=')[1].split()[0]) - width) // 2

    def point(self, node, *more, title='Freshet'):
        """Clicks on the middle of it: without a window manager, windows are at the top left."""
        x, y, width, height = self.get_place(node)
        edge = self.get_edge(title)
        if self.is_newer:
            # 4.18 leaves out the padding of all that it lies in, such as a cell: it is further right and down.
            x += min(width // 4, 6)
            y += min(height // 4, 6)
        self.mouse('mousemove', x + width // 2 + edge, y + height // 2 + edge, *(more or ('click', 1)))

    def raise_window(self, title):
        """Gives it the keyboard; the last one that came has it otherwise."""
        self.mouse('search', '--onlyvisible', '--name', f'^{title}$', 'windowraise', 'windowfocus', '--sync')

    def offer(self, *what):
        """Another program beside the window, from which things can be dragged, and which has copied them."""
        program = os.path.join(self.lab.options.build, 'tests', 'app', 'drag-source')
        source = Process(self.lab, 'drag-source', [program, *what], env=self.variables())
        self.until('there is something to drag', lambda: subprocess.run(
            ['xdotool', 'search', '--onlyvisible', '--name', '^Drag Source$', 'windowmove', '--sync', '1110', '0'],
            capture_output=True, check=False).returncode == 0, 20, source, poll=0.1)
        return source

    def drag_into_window(self):
        """From the middle of what is offered; it is let go of when the window says that it would take it."""
        steps = itertools.cycle(range(40))

        def move():
            # A drag begins after some distance, and tells of itself with every move. Where the press was not heard, as
            # on a machine that is busy, it is made again.
            step = next(steps)
            if step == 0:
                self.mouse('mouseup', 1, 'mousemove', 1180, 45, 'mousedown', 1)
            self.mouse('mousemove', max(700, 1160 - 40 * step) + step % 2, 300)
            return self.find('Drop to Add')

        try:
            self.until('the window would take it', move, 60, poll=0.1)
            self.picture('drop')
        finally:
            self.mouse('mouseup', 1)

    def show_page(self, title):
        """One of the details' pages."""
        self.click(title, 'PAGE_TAB')

    def quit(self, program):
        """By its key; the seconds it took."""
        # libadwaita 1.7 measures the headings of its own message dialogs too narrowly.
        known = 'Trying to measure GtkLabel' if self.is_newer else None
        began = time.monotonic()
        self.keys('ctrl+q')
        status = program.wait_exit(15)
        check(status == 0, f'it ended with {status}\n{program.tail()}')
        said = [line for line in program.output().splitlines() if TOOLKIT_WARNING.search(line) and
                not (known and known in line)]
        check(not said, '\n'.join(said))
        return time.monotonic() - began

    def picture(self, name):
        folder = os.path.join(self.lab.options.build, 'tests', 'app', 'screenshots')
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['import', '-window', 'root', os.path.join(folder, name + '.png')], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# ---- The world outside

def make_world(lab, *contents, client=None):
    """A tracker, torrents, and a real client that seeds them."""
    bare = [torrents.Torrent(lab.path(f'{number}.torrent'), content) for number, content in enumerate(contents)]
    tracker = Opentracker(lab, [torrent.hash for torrent in bare])
    made = [torrents.Torrent(torrent.path, torrent.content, [tracker.urls['http']]) for torrent in bare]
    source = lab.make_folder('source')
    for torrent in made:
        torrent.content.write(source)
    seed = (client or Libtorrent)(lab, made, source, is_seed=True)
    seed.wait_ready()
    tracker.wait_peers(made, 1, 30, seed.process)
    return made, seed


def serve(folder):
    """A web server on the loopback, in this process; its address."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}'


def wait_on_disk(desk, program, made, timeout=120):
    for torrent in made:
        wait_until('all is on disk', lambda one=torrent: not one.content.compare(desk.target), timeout, program,
                   poll=0.2)


def check_names(desk, where):
    faults = desk.nameless()
    check(not faults, f'without a name, {where}:\n' + '\n'.join(faults))


def run_twice():
    """This very program again, and once more when GTK lost the race with our looking at it. The exit status."""
    for _ in range(2):
        done = subprocess.run([harness.PYTHON, '-W', 'ignore', *sys.argv], env={**os.environ, ATTEMPT: 'yes'},
                              stdout=subprocess.PIPE, text=True, check=False)
        if TOOLKIT_RACE not in done.stdout:
            break
    print(done.stdout, end='', flush=True)
    return done.returncode


def run(description, scenarios):
    """One scenario to a process: a process has one display and one bus."""
    if ATTEMPT not in os.environ:
        return run_twice()

    def add_more(parser):
        parser.add_argument('--build', required=True, type=os.path.abspath, help='the build folder')

    def pictured(scenario, lab):
        try:
            scenario(lab)
        except Exception:
            if hasattr(lab, 'desk'):
                lab.desk.picture('failed-' + scenario.__name__)
            if any(TOOLKIT_RACE in process.output() for process in lab.processes):
                raise Failure(TOOLKIT_RACE) from None
            raise

    options = harness.parse_options(description, add_more)
    known = {scenario.__name__: scenario for scenario in scenarios}
    if len(options.tests) != 1 or options.tests[0] not in known:
        sys.exit(f'say which: {", ".join(known)}')
    harness.enter_namespace()
    return harness.run_tests(options, [(name, functools.partial(pictured, known[name])) for name in options.tests])
