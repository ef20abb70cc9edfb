#!/usr/bin/python3
"""The window among what a desktop has: notifications, power, paid networks, the session, portals. One scenario a run:

  desktop.py --build FOLDER --freshet-cli PROGRAM SCENARIO

The services are stand-ins of python-dbusmock on buses of the test's own, which write down what they are asked. Only
the portals, which answer by signals, are made here.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import re
import shutil
import subprocess
import sys
import threading

from desk import APP_ID, Desk, wait_until  # first: it knows where the harness is
import harness
import torrents
from clients import Libtorrent
from harness import PYTHON, Failure, Opentracker, Process, Skipped, check

from gi.repository import Gio, GLib

HERE = os.path.dirname(os.path.abspath(__file__))
MOCK = 'org.freedesktop.DBus.Mock'
TIMEOUT_S = 60
# In preferences these are the toolkit's: lists of combo rows, switches of expander rows, the search.
TOOLKIT = ('in combo box', 'list "GtkListBox"', 'GtkSearchEntry', 'AdwGizmo')
# GLib leaves its table of quarks where it was when that has to grow beyond 2048 of them. No stack tells this leak from
# any other, as GLib has no frame pointers, but its size does.
QUARKS = ('16384 byte(s)', '1 allocation(s).')
SAVER, BALANCED = 'power-saver', 'balanced'
UPOWER = ('org.freedesktop.UPower', '/org/freedesktop/UPower', 'org.freedesktop.UPower')
# Newer GLib asks for the second of these.
PROFILES = (('net.hadess.PowerProfiles', '/net/hadess/PowerProfiles', 'net.hadess.PowerProfiles'),
            ('org.freedesktop.UPower.PowerProfiles', '/org/freedesktop/UPower/PowerProfiles',
             'org.freedesktop.UPower.PowerProfiles'))
NETWORK = ('org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager')
SESSION = ('org.gnome.SessionManager', '/org/gnome/SessionManager', 'org.gnome.SessionManager')


class Service:
    """A stand-in: what it was called with, in order, and what it says."""

    def __init__(self, lab, address, name, is_system=False, template=None):
        self.name, self.path, self.interface = name
        command = [PYTHON, '-m', 'dbusmock'] + (['--system'] if is_system else [])
        command += ['--template', template] if template else list(name)
        self.process = Process(lab, self.name, command)
        self.bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        wait_until(f'{self.name} is there', self.is_there, 20, self.process)

    def is_there(self):
        return self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                  'NameHasOwner', GLib.Variant('(s)', (self.name,)), None, 0, -1, None).unpack()[0]

    def call(self, method, signature, *arguments):
        answer = self.bus.call_sync(self.name, self.path, MOCK, method, GLib.Variant(signature, arguments), None, 0, -1,
                                    None)
        return answer.unpack()

    def add_method(self, name, takes, gives, code=''):
        self.call('AddMethod', '(sssss)', self.interface, name, takes, gives, code)

    def set(self, **properties):
        self.call('UpdateProperties', '(sa{sv})', self.interface, properties)

    def calls(self, name):
        """The arguments of each call of this method."""
        return [list(arguments) for _, arguments in self.call('GetMethodCalls', '(s)', name)[0]]

    def wait_call(self, name, count=1):
        return wait_until(f'{count} of {name}', lambda: len(self.calls(name)) >= count and self.calls(name), 30,
                          self.process, poll=0.1)[-1]


PORTAL_XML = """<node>
  <interface name="org.freedesktop.portal.Background">
    <method name="RequestBackground">
      <arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/>
    </method>
    <property name="version" type="u" access="read"/>
  </interface>
  <interface name="org.freedesktop.portal.FileChooser">
    <method name="OpenFile">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
      <arg type="o" direction="out"/>
    </method>
    <property name="version" type="u" access="read"/>
  </interface>
  <interface name="org.freedesktop.portal.Notification">
    <method name="AddNotification"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/></method>
    <method name="RemoveNotification"><arg type="s" direction="in"/></method>
    <property name="version" type="u" access="read"/>
  </interface>
  <interface name="org.freedesktop.portal.ProxyResolver">
    <method name="Lookup"><arg type="s" direction="in"/><arg type="as" direction="out"/></method>
    <property name="version" type="u" access="read"/>
  </interface>
</node>"""


class Portal:
    """The portals of a sandbox. Each request is answered at once with what `answers` has for its method."""

    def __init__(self, address):
        self.answers = {}
        self.calls = []
        self.ready = threading.Event()
        threading.Thread(target=self.run, args=(address,), daemon=True).start()
        if not self.ready.wait(20):
            raise Failure('there is no portal')

    def run(self, address):
        context = GLib.MainContext.new()
        context.push_thread_default()
        bus = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        for interface in Gio.DBusNodeInfo.new_for_xml(PORTAL_XML).interfaces:
            bus.register_object('/org/freedesktop/portal/desktop', interface, self.called,
                                lambda *_: GLib.Variant('u', 1), None)
        bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                      GLib.Variant('(su)', ('org.freedesktop.portal.Desktop', 4)), None, 0, -1, None)
        self.ready.set()
        GLib.MainLoop.new(context, False).run()

    def called(self, bus, sender, _path, _interface, method, parameters, invocation):
        arguments = parameters.unpack()
        self.calls.append((method, arguments))
        if method == 'Lookup':
            invocation.return_value(GLib.Variant('(as)', (['direct://'],)))
            return
        if method not in self.answers:
            invocation.return_value(None)
            return
        handle = (f'/org/freedesktop/portal/desktop/request/{sender[1:].replace(".", "_")}/'
                  f'{arguments[-1]["handle_token"]}')
        invocation.return_value(GLib.Variant('(o)', (handle,)))
        bus.emit_signal(sender, handle, 'org.freedesktop.portal.Request', 'Response',
                        GLib.Variant('(ua{sv})', (0, self.answers[method])))

    def wait_call(self, method):
        return wait_until(f'{method} of the portal', lambda: [rest for name, rest in self.calls if name == method], 30,
                          poll=0.1)[-1]


class FullDesk(Desk):
    """A desk with a bus of the system, and a desktop entry to send notifications under."""

    def __init__(self, lab, **settings):
        super().__init__(lab, **{'ask_when_adding': 'false', **settings})
        self.more = {}
        self.session = os.environ['DBUS_SESSION_BUS_ADDRESS']
        bus = Process(lab, 'system-bus', ['dbus-daemon', '--session', '--nofork', '--nopidfile', '--print-address=1'],
                      separate=True)
        self.system = os.environ['DBUS_SYSTEM_BUS_ADDRESS'] = bus.wait_for(r'(unix:\S+)', 20).group(1)
        share = lab.make_folder('share')
        os.makedirs(os.path.join(share, 'applications'))
        with open(os.path.join(share, 'applications', APP_ID + '.desktop'), 'w', encoding='ascii') as out:
            out.write(f'[Desktop Entry]\nType=Application\nName=Freshet\nExec=freshet\nIcon={APP_ID}\n')
        self.more['LSAN_OPTIONS'] = f'suppressions={HERE}/lsan.supp'
        self.more['XDG_DATA_DIRS'] = f'{share}:/usr/local/share:/usr/share'

    def variables(self, **more):
        return {**super().variables(), **self.more, **more}

    def set(self, key, value):
        """As a person sets it elsewhere, while the window is there."""
        home = self.command()[:-1]
        subprocess.run([*home, 'gsettings', 'set', APP_ID, key, value], check=True,
                       env=dict(os.environ, **self.variables()))

    def serve(self, name, is_system=True, template=None):
        return Service(self.lab, self.system if is_system else self.session, name, is_system, template)

    def notifications(self):
        return self.serve(('org.freedesktop.Notifications', '/org/freedesktop/Notifications',
                           'org.freedesktop.Notifications'), False, 'notification_daemon')

    def leave(self):
        """The keyboard is somewhere else; the window stays. A pointer over it would count as the keyboard there."""
        subprocess.run(['xdotool', 'mousemove', '1270', '790'], check=True)
        root = re.search(r'Window id: (0x\w+)', subprocess.run(['xwininfo', '-root'], check=True, capture_output=True,
                                                               text=True).stdout).group(1)
        subprocess.run(['xdotool', 'windowfocus', '--sync', root], check=True)
        wait_until('the window is not in front', lambda: not self.is_active(), 10, poll=0.1)

    def is_active(self):
        frame = self.frame()
        return frame is not None and frame.get_state_set().contains(self.atspi.StateType.ACTIVE)

    def act(self, action, top=None):
        """Actions of the window by the bus: GTK 4.8 loses some memory whenever it lists them for accessibility."""
        if top is not None:
            super().act(action, top)
            return
        bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)

        def call(method, arguments):
            return bus.call_sync(APP_ID, f'/{APP_ID.replace(".", "/")}/window/1', 'org.gtk.Actions', method, arguments,
                                 None, 0, -1, None)

        name = action.split('.', 1)[1]
        wait_until(f'{action} can be done', lambda: call('Describe', GLib.Variant('(s)', (name,))).unpack()[0][0], 10,
                   poll=0.1)
        call('Activate', GLib.Variant('(sava{sv})', (name, [], {})))

    def check_names(self, where):
        faults = [fault for fault in self.nameless() if not any(word in fault for word in TOOLKIT)]
        check(not faults, f'without a name, in {where}:\n' + '\n'.join(faults))

    def look(self, name):
        self.picture('session-' + name.lower().replace(' ', '-'))

    def ask(self, action):
        """An action of the program, as its menu does it."""
        subprocess.run(['gapplication', 'action', APP_ID, action], check=True, env=dict(os.environ, **self.more))

    def wait_windows(self, count):
        def is_so():
            application = self.application()
            return application is not None and application.get_child_count() == count

        wait_until(f'{count} windows are there', is_so, 30, poll=0.1)

    def turn_to(self, page):
        tab = self.wait(page, 'PAGE_TAB')
        if self.list_actions(tab):
            self.act(self.list_actions(tab)[0], tab)

    def can(self, name):
        node = self.find(name, 'PUSH_BUTTON')
        return node is not None and node.get_state_set().contains(self.atspi.StateType.SENSITIVE)

    def extents(self, node):
        return node.get_component_iface().get_extents(self.atspi.CoordType.WINDOW)

    def point_to(self, x, y):
        subprocess.run(['xdotool', 'mousemove', str(x), str(y), 'click', '1'], check=True)

    def complete(self, content):
        return not content.compare(self.target)


def make_seed(lab, content):
    plain = torrents.Torrent(lab.path('made.torrent'), content)
    tracker = Opentracker(lab, [plain.hash])
    made = torrents.Torrent(plain.path, content, [tracker.urls['http']])
    source = lab.make_folder('source')
    content.write(source)
    Libtorrent(lab, [made], source, is_seed=True).wait_ready()
    return made


def check_ended(program):
    """With nothing to complain of, and without what a sanitizer would have seen."""
    status = program.wait_exit(30)
    leaks = re.findall(r'SUMMARY: AddressSanitizer: (.*) leaked in (.*)', program.output())
    check(status == 0 or leaks == [QUARKS], f'it ended with {status}\n{program.tail()}')


def quit_all(desk, program):
    desk.run_again()
    wait_until('the window is there', desk.frame, 20, program)
    desk.keys('ctrl+q')
    check_ended(program)


# ---- Notifications

def finished(lab):
    """A download that ends behind a closed window is told, and no more once the window has been seen."""
    desk = FullDesk(lab, start_when_added='false')
    told = desk.notifications()
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)
    desk.wait(torrent.content.name)
    desk.act('win.select-all')
    desk.leave()
    desk.act('win.start')
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    _, replaces, _, title, body, buttons, _, _ = told.wait_call('Notify')
    check((title, body) == ('Download Finished', torrent.content.name), f'it said {title}: {body}')
    check(replaces == 0, 'it was sent once')
    check(buttons[3::2] == ['Open', 'Show in Files'], f'the buttons are {buttons}')
    check(not told.calls('CloseNotification'), 'nobody has seen it yet')
    desk.run_again()
    told.wait_call('CloseNotification')
    quit_all(desk, program)


def failed(lab):
    """A torrent that fails is told with the reason; no more once it goes on."""
    desk = FullDesk(lab, start_when_added='false')
    told = desk.notifications()
    torrent = make_seed(lab, torrents.single())
    # A folder where its file has to be.
    os.makedirs(os.path.join(desk.target, torrent.content.name, 'in the way'))
    program = desk.start(torrent.path)
    desk.wait(torrent.content.name)
    desk.act('win.select-all')
    desk.leave()
    desk.act('win.start')
    _, _, _, title, body, buttons, _, _ = told.wait_call('Notify')
    check(title == 'Torrent Failed', f'it said {title}')
    check(body.startswith(torrent.content.name + ': ') and len(body) > len(torrent.content.name) + 10,
          f'there is no reason in: {body}')
    check('Open' not in buttons, 'there is nothing to open')
    check(not told.calls('CloseNotification'), 'nobody has seen it yet')
    shutil.rmtree(os.path.join(desk.target, torrent.content.name))
    desk.act('win.start')
    told.wait_call('CloseNotification')
    quit_all(desk, program)


def in_front(lab):
    """Who sees the window is not told; that it goes on without one is, until it is back or ends."""
    desk = FullDesk(lab)
    told = desk.notifications()
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    desk.wait('Seeding')
    desk.keys('ctrl+w')
    arguments = told.wait_call('Notify')
    check(len(told.calls('Notify')) == 1, f'it told more: {told.calls("Notify")}')
    check(arguments[3] == 'Freshet Goes On' and arguments[5][3::2] == ['Open', 'Quit'], f'it told {arguments}')
    desk.run_again()
    told.wait_call('CloseNotification')
    wait_until('the window is back', desk.frame, 20, program)
    desk.keys('ctrl+w')
    told.wait_call('Notify', 2)
    subprocess.run(['gapplication', 'action', APP_ID, 'quit'], check=True, env=dict(os.environ, **desk.more))
    check_ended(program)
    told.wait_call('CloseNotification', 2)


# ---- Power and networks

def check_held(desk, program, words, content):
    """Everything pauses, and says why; until somebody wants it anyway."""
    desk.wait(words)
    desk.wait('Resume Anyway', 'PUSH_BUTTON')
    check(not desk.complete(content), 'it did not pause')
    desk.picture('held-' + words.split(' ')[-1].strip('.'))


def power(lab):
    """In the power saver everything pauses; «Resume Anyway» holds until that was over once."""
    # Slow at first: the program learns of it in a moment, and the download is not to be over before.
    desk = FullDesk(lab, read_limit_bps='uint64 30000', exempt_local='false')
    services = [desk.serve(name) for name in PROFILES]
    for service in services:
        service.call('AddProperties', '(sa{sv})', service.interface, {'ActiveProfile': GLib.Variant('s', SAVER)})
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)

    def set_profile(name):
        for service in services:
            service.set(ActiveProfile=GLib.Variant('s', name))

    words = 'Paused: the computer is saving power.'
    check_held(desk, program, words, torrent.content)
    desk.set('read-limit-bps', '0')
    desk.click('Resume Anyway')
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    desk.wait('Seeding')
    set_profile(BALANCED)
    set_profile(SAVER)
    desk.wait('Paused')
    desk.wait('Resume Anyway', 'PUSH_BUTTON')
    set_profile(BALANCED)
    desk.wait('Seeding')
    quit_all(desk, program)


def metered(lab):
    """The same on a connection that is paid by data, as GLib learns it from NetworkManager."""
    desk = FullDesk(lab)
    desk.more['GIO_USE_NETWORK_MONITOR'] = 'networkmanager'
    network = desk.serve(NETWORK)
    values = {'Connectivity': GLib.Variant('u', 4), 'State': GLib.Variant('u', 70), 'Metered': GLib.Variant('u', 1),
              'Version': GLib.Variant('s', '1.42.4')}
    network.call('AddProperties', '(sa{sv})', network.interface, values)
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)
    check_held(desk, program, 'Paused: this connection is paid by the data used.', torrent.content)
    network.set(Metered=GLib.Variant('u', 2))
    network.call('EmitSignal', '(sssav)', network.interface, 'PropertiesChanged', 'a{sv}',
                 [GLib.Variant('a{sv}', {'Metered': GLib.Variant('u', 2)})])
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    quit_all(desk, program)


def awake(lab):
    """While data comes in the computer stays awake; on battery only when that was asked for."""
    desk = FullDesk(lab, read_limit_bps='uint64 30000', exempt_local='false')
    session = desk.serve(SESSION, False)
    session.add_method('Inhibit', 'susu', 'u', 'ret = 7')
    session.add_method('Uninhibit', 'u', '')
    upower = desk.serve(UPOWER, template='upower')
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)
    name, _, reason, flags = session.wait_call('Inhibit')
    check((name, flags) == (APP_ID, 4) and reason == 'Torrents are downloading', f'{name} {reason} {flags}')
    upower.set(OnBattery=GLib.Variant('b', True))
    check(session.wait_call('Uninhibit') == [7], 'another one was given back')
    desk.set('inhibit-on-battery', 'true')
    session.wait_call('Inhibit', 2)
    desk.set('inhibit-on-battery', 'false')
    session.wait_call('Uninhibit', 2)
    upower.set(OnBattery=GLib.Variant('b', False))
    session.wait_call('Inhibit', 3)
    quit_all(desk, program)
    session.wait_call('Uninhibit', 3)


# ---- Portals

class SandboxedDesk(FullDesk):
    """The program finds itself in a Flatpak, as far as the libraries look: a root folder that has that file."""

    def command(self, *arguments):
        info = self.lab.path('flatpak-info')
        with open(info, 'w', encoding='ascii') as out:
            out.write(f'[Application]\nname={APP_ID}\nruntime=runtime/org.gnome.Platform/x86_64/48\n')
        root = ['bwrap', '--tmpfs', '/', '--ro-bind', info, '/.flatpak-info', '--chdir', '/']
        for name in sorted(os.listdir('/')):
            path = '/' + name
            if os.path.islink(path):
                root += ['--symlink', os.readlink(path), path]
            elif os.path.isdir(path):
                root += ['--dev-bind', path, path]
        return root + super().command(*arguments)


def portals(lab):
    """In a sandbox files are chosen, notifications sent and the background asked for through portals."""
    if subprocess.run(['bwrap', '--dev-bind', '/', '/', 'true'], capture_output=True, check=False).returncode != 0:
        raise Skipped('there is no bwrap that works')
    desk = SandboxedDesk(lab)
    desk.more.update(GTK_USE_PORTAL='1')
    portal = Portal(desk.session)
    torrent = make_seed(lab, torrents.multi())
    portal.answers['OpenFile'] = {'uris': GLib.Variant('as', [GLib.filename_to_uri(torrent.path)])}
    portal.answers['RequestBackground'] = {'background': GLib.Variant('b', True),
                                           'autostart': GLib.Variant('b', False)}
    program = desk.start()
    desk.wait('No Torrents Yet')
    desk.act('win.add')
    _, title, options = portal.wait_call('OpenFile')
    check(title == 'Choose Torrent Files' and options['multiple'], f'it asked for {title} with {options}')
    check(options['filters'][0][0] == 'Torrent Files', f'the filters are {options["filters"]}')
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    desk.keys('ctrl+w')
    _, options = portal.wait_call('RequestBackground')
    check(options['reason'] == 'Torrents are transferred' and not options['autostart'], f'it asked with {options}')
    name, notification = portal.wait_call('AddNotification')
    check(notification['title'] == 'Freshet Goes On', f'it sent {name}: {notification}')
    desk.run_again()
    check(portal.wait_call('RemoveNotification')[0] == name, 'another one was withdrawn')
    quit_all(desk, program)


# ---- Adding, and what does not go well

def rest(lab):
    """What could not be added stays in the dialog with the reason; the others leave it."""
    desk = FullDesk(lab, ask_when_adding='true', start_when_added='false')
    made = [torrents.Torrent(lab.path(f'{number}.torrent'), content)
            for number, content in enumerate((torrents.single(), torrents.multi()))]
    for name in ('broken.torrent', 'broken too.torrent'):
        with open(lab.path(name), 'w', encoding='ascii') as out:
            out.write('This is a letter.')
    program = desk.start(*(torrent.path for torrent in made), lab.path('broken.torrent'),
                         lab.path('broken too.torrent'))
    desk.wait('Add 4 Torrents')
    wait_until('it can be added', lambda: desk.can('Add'), 20, program)
    desk.click('Add')
    desk.wait('2 Torrents Not Added')
    desk.wait('2 torrents added')
    desk.wait('This is not a torrent file.')
    desk.picture('rest')
    desk.keys('Escape')
    desk.wait('2 Torrents Not Added', gone=True)
    for torrent in made:
        desk.wait_row(torrent.content.name)
    quit_all(desk, program)


def twice(lab):
    """A tracker's address cannot become that of another one, and the dialog says so."""
    desk = FullDesk(lab, start_when_added='false')
    made = torrents.Torrent(lab.path('made.torrent'), torrents.single(),
                            ['http://one.invalid/announce', 'http://two.invalid/announce'])
    program = desk.start(made.path)
    desk.wait(made.content.name)
    desk.act('win.select-all')
    tab = desk.wait('Trackers', 'PAGE_TAB')
    desk.act(desk.list_actions(tab)[0], tab)
    desk.wait('2 trackers')
    place = desk.extents(desk.wait('Not asked yet'))
    desk.point_to(place.x + place.width // 2, place.y + place.height // 2)
    desk.keys('F2')
    desk.wait('Edit Tracker')
    entry = desk.wait('Address', 'TEXT')
    for address, fault in (('http://two.invalid/announce', 'This torrent has a tracker with this address already.'),
                           ('two', '“two” is not the address of a tracker'), ('http://three.invalid/announce', None)):
        desk.atspi.EditableText.set_text_contents(entry, address)
        if fault:
            desk.wait(fault)
            check(not desk.can('Save'), f'it can be saved as {address}')
            desk.picture('twice-' + address[:3])
    wait_until('it can be saved', lambda: desk.can('Save'), 10, program)
    desk.click('Save')
    desk.wait('three.invalid')
    quit_all(desk, program)


# ---- From right to left

def from_right(lab):
    """A table that does not fit begins with its first column, which is the right one then."""
    desk = FullDesk(lab, start_when_added='false')
    desk.more['GTK_DEBUG'] = 'invert-text-dir'
    made = torrents.Torrent(lab.path('made.torrent'), torrents.single(), ['http://one.invalid/announce'])
    program = desk.start(made.path)
    desk.wait(made.content.name)
    desk.act('win.select-all')
    desk.turn_to('Trackers')
    table = desk.wait('Trackers', 'TREE_TABLE')
    desk.wait('Not asked yet')

    def look():
        title = desk.extents(desk.find('Tracker', 'LABEL', table))
        whole = desk.extents(table)
        distance = whole.x + whole.width - title.x - title.width
        return title.width > 0 and 0 <= distance < 40

    wait_until('the first column is at the right edge', look, 10, program, poll=0.1)
    quit_all(desk, program)


# ---- Everything

def tour(desk, name):
    """Every page and every dialog of a window with one torrent in it."""
    desk.act('win.select-all')
    for page in ('Overview', 'Peers', 'Files', 'Trackers', 'Log'):
        desk.turn_to(page)
        desk.look(page)
    desk.keys('ctrl+2')
    desk.wait(name)
    desk.look('table')
    desk.keys('ctrl+1')
    for action in ('rename', 'labels', 'options', 'add-link', 'show-help-overlay'):
        desk.wait_windows(1)
        desk.act('win.' + action)
        desk.wait_windows(2)
        desk.look(action)
        desk.keys('Escape')
    for action in ('preferences', 'statistics', 'network', 'about'):
        desk.wait_windows(1)
        desk.ask(action)
        desk.wait_windows(2)
        desk.look(action)
        if action == 'preferences':
            desk.check_names(action)
        for page in ('Folders', 'Speed', 'Sharing', 'Network') if action == 'preferences' else ():
            desk.turn_to(page)
            desk.look('preferences ' + page)
        desk.keys('Escape')
    desk.wait_windows(1)


def session(lab):
    """A whole session, from the dialog to the last byte and back to an empty list: also run with the sanitizers."""
    desk = FullDesk(lab, ask_when_adding='true')
    desk.notifications()
    torrent = make_seed(lab, torrents.multi())
    program = desk.start(torrent.path)
    desk.wait('Add Torrent', 'FRAME')
    wait_until('it can be added', lambda: desk.can('Add'), 20, program)
    desk.look('add')
    desk.click('Add')
    wait_until('all is on disk', lambda: desk.complete(torrent.content), TIMEOUT_S, program, poll=0.2)
    desk.wait('Seeding')
    tour(desk, torrent.content.name)
    desk.act('win.select-all')
    desk.act('win.remove')
    desk.wait('No Torrents Yet')
    quit_all(desk, program)
    check(desk.complete(torrent.content), 'the files should have stayed')


SCENARIOS = [finished, failed, in_front, power, metered, awake, portals, rest, twice, from_right, session]


def main():
    def add_more(parser):
        parser.add_argument('--build', required=True, type=os.path.abspath, help='the build folder')

    options = harness.parse_options(__doc__, add_more)
    harness.enter_namespace()
    return harness.run_tests(options, [(scenario.__name__, scenario) for scenario in SCENARIOS])


if __name__ == '__main__':
    sys.exit(main())
