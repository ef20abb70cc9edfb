"""A desktop for the window's tests: a display, a session bus, the program on them, and hands and eyes by accessibility.

Built on the interop tests' harness: a Lab has one Desk, whose processes end with it.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'interop'))
from harness import Failure, Process, wait_until  # noqa: E402

APP_ID = 'org.freshet.Freshet'
# What a person or a program that reads aloud works with: each needs a name of its own.
CONTROLS = ('PUSH_BUTTON', 'TOGGLE_BUTTON', 'CHECK_BOX', 'RADIO_BUTTON', 'COMBO_BOX', 'ENTRY', 'TEXT', 'PASSWORD_TEXT',
            'SLIDER', 'SPIN_BUTTON', 'PROGRESS_BAR', 'LIST', 'TABLE', 'TREE_TABLE', 'PAGE_TAB', 'MENU_ITEM')
GENERIC = ('Gtk', 'Adw', 'Freshet')
# Inside widgets of the toolkit, where nobody can name them; what they are inside of has a name. GTK 4.8 gives a widget
# without a name that of its class, newer ones give none.
INTERNAL = {
    ('LIST', 'GtkColumnListView'): ('tree table',),
    ('LIST', 'GtkListBox'): ('panel',),            # of a group of preferences
    ('LIST', ''): ('tree table', 'panel'),
    ('PUSH_BUTTON', 'GtkToggleButton'): ('combo box',),
    ('PUSH_BUTTON', 'GtkImage'): ('filler',),      # closes a toast
}


def plain(name):
    """GTK 4.8 tells a button's label twice, with its access key and without: "_Add Add"."""
    half = len(name) // 2
    without = name[half + 1:]
    return without if name[:half + 1].replace('_', '').strip() == without else name


class Desk:
    """Enters the environment of this very process: one to a program."""

    def __init__(self, lab, size='1280x800'):
        self.lab = lab
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
        self.glib_error = GLib.GError
        self.home = lab.make_folder('home')

    def make_runtime_folder(self):
        runtime = self.lab.make_folder('runtime')
        os.chmod(runtime, 0o700)
        return runtime

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
        wait_until('the window is there', lambda: self.frame(), 30, program)
        return program

    def run_again(self, *arguments):
        """A second instance, which only hands over what it was given."""
        second = Process(self.lab, 'second', self.command(*arguments), env=self.variables())
        status = second.wait_exit(15)
        if status != 0:
            raise Failure(f'the second instance ended with {status}\n{second.tail()}')

    # ---- Eyes

    def application(self):
        desktop = self.atspi.get_desktop(0)
        for number in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(number)
            if child is not None and child.get_name() == 'freshet':
                return child
        return None

    def walk(self, top=None):
        stack = [top or self.application()]
        while stack:
            node = stack.pop()
            if node is None:
                continue
            yield node
            try:
                stack.extend(node.get_child_at_index(at) for at in reversed(range(node.get_child_count())))
            except self.glib_error:
                # It went away while it was looked at.
                pass

    def find(self, name=None, role=None, top=None):
        wanted = getattr(self.atspi.Role, role) if role else None
        for node in self.walk(top):
            try:
                # A label may say more, a control is called like that.
                found = plain(node.get_name())
                if ((name is None or found == name or role is None and name in found) and
                        (wanted is None or node.get_role() == wanted) and
                        node.get_state_set().contains(self.atspi.StateType.VISIBLE)):
                    return node
            except self.glib_error:
                pass
        return None

    def wait(self, name=None, role=None, timeout=20, gone=False):
        what = f'"{name}" is {"gone" if gone else "there"}'

        def look():
            node = self.find(name, role)
            return node is None if gone else node

        return wait_until(what, look, timeout, poll=0.1)

    def frame(self):
        return self.find('Freshet', 'FRAME') if self.application() else None

    @staticmethod
    def is_internal(role, name, parent):
        return parent.get_role_name() in INTERNAL.get((role, name), ())

    def nameless(self):
        """The controls that say nothing of themselves, with where they are."""
        roles = {getattr(self.atspi.Role, name): name for name in CONTROLS}
        faults = []
        for node in self.walk():
            try:
                states = node.get_state_set()
                name = node.get_name()
                if (node.get_role() in roles and states.contains(self.atspi.StateType.VISIBLE) and
                        (not name or name.startswith(GENERIC) and ' ' not in name and name != 'Freshet') and
                        not self.is_internal(roles[node.get_role()], name, node.get_parent())):
                    parents = []
                    parent = node.get_parent()
                    while parent is not None and len(parents) < 5:
                        parents.append(f'{parent.get_role_name()} "{parent.get_name()[:30]}"')
                        parent = parent.get_parent()
                    faults.append(f'{roles[node.get_role()]} "{name}" in {" in ".join(parents)}')
            except self.glib_error:
                pass
        return faults

    # ---- Hands

    def list_actions(self, node):
        return [self.atspi.Action.get_action_name(node, at) for at in range(self.atspi.Action.get_n_actions(node))]

    def act(self, action, top=None):
        """An action of the window, such as win.remove, or of any node; once it can be done."""
        node = top or self.frame()
        wait_until(f'"{node.get_name()}" can do {action}', lambda: action in self.list_actions(node), 10, poll=0.1)
        self.atspi.Action.do_action(node, self.list_actions(node).index(action))

    def click(self, name, role='PUSH_BUTTON'):
        self.act('click', self.wait(name, role))

    def keys(self, *keys):
        subprocess.run(['xdotool', 'key', '--delay', '30', *keys], check=True)

    def picture(self, name):
        folder = os.path.join(self.lab.options.build, 'tests', 'app', 'screenshots')
        os.makedirs(folder, exist_ok=True)
        subprocess.run(['import', '-window', 'root', os.path.join(folder, name + '.png')], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
