#!/usr/bin/python3
"""Stands in for systemd-resolved on the bus of DBUS_SYSTEM_BUS_ADDRESS: every link has one name server.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import socket
import sys

from gi.repository import Gio, GLib

NAME = 'org.freedesktop.resolve1'
LINK = '/org/freedesktop/resolve1/link/_37'
INTERFACES = Gio.DBusNodeInfo.new_for_xml(f'''<node>
  <interface name="{NAME}.Manager">
    <method name="GetLink"><arg type="i" direction="in"/><arg type="o" direction="out"/></method>
  </interface>
  <interface name="{NAME}.Link"><property name="DNS" type="a(iay)" access="read"/></interface>
</node>''').interfaces


def main():
    server = GLib.Variant('a(iay)', [(socket.AF_INET, socket.inet_aton(sys.argv[1]))])

    def acquired(connection, _name):
        connection.register_object('/org/freedesktop/resolve1', INTERFACES[0],
                                   lambda *call: call[6].return_value(GLib.Variant('(o)', (LINK,))), None, None)
        connection.register_object(LINK, INTERFACES[1], None, lambda *_: server, None)

    Gio.bus_own_name(Gio.BusType.SYSTEM, NAME, Gio.BusNameOwnerFlags.NONE, acquired,
                     lambda *_: print('ready', flush=True), lambda *_: sys.exit(1))
    GLib.MainLoop().run()


main()
