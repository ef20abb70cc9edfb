#!/usr/bin/python3
"""What the window says of the network: whether others can connect, what stands in the way, and what is set about it.

  network.py --build FOLDER --freshet-cli PROGRAM SCENARIO

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import socket
import subprocess
import sys

from desk import Desk, check_names, run  # first: it knows the harness
from harness import check, wait_until

TUNNEL = 'freshet0'
OPEN = {'port': 51413, 'is-mapping': 1, 'has-route': 1, 'map4-port': 51413, 'map4-method': 3}
MAPPED, SILENT, REFUSED = 2, 3, 4
# What the network is like, the headline, words that explain it, and the button, if the program can do something.
STATES = [
    ({**OPEN, 'map4-state': MAPPED, 'map4-external': '203.0.113.7', 'came-s': 190}, 'Others Can Connect to You',
     'A peer connected to you 3 minutes ago. Port 51413 is open on your router (UPnP). Everything works.', None),
    ({**OPEN, 'map4-state': MAPPED, 'map4-external': '203.0.113.7'}, 'Others Can Probably Connect to You',
     'Nobody has come yet', None),
    ({**OPEN, 'map4-state': MAPPED, 'map4-port': 40123}, 'Others Can Probably Connect to You',
     'It leads to port 51413', None),
    ({**OPEN, 'map4-state': MAPPED, 'map4-external': '100.64.3.7'}, 'Others Probably Cannot Connect to You',
     'Ask your provider', None),
    ({**OPEN, 'map4-state': MAPPED, 'map4-external': '192.168.0.2'}, 'Others Probably Cannot Connect to You',
     'behind another router', 'Try Again'),
    ({**OPEN, 'map4-state': REFUSED, 'map4-fault': 3}, 'Others Probably Cannot Connect to You',
     'Your router refuses', 'Try Again'),
    ({**OPEN, 'map4-state': SILENT}, 'Others Probably Cannot Connect to You', 'No router answers', 'Try Again'),
    ({**OPEN, 'map6-state': MAPPED, 'map6-method': 1, 'map6-port': 51413, 'external6': '2001:db8::7'},
     'Others Can Probably Connect to You', 'for IPv6 (PCP)', None),
    ({**OPEN, 'is-mapping': 0, 'is-anonymous': 1}, 'Others Probably Cannot Connect to You', 'In anonymous mode',
     'Open Preferences'),
    ({'has-route': 1, 'is-proxied': 1}, 'Others Cannot Connect to You', 'through a proxy', 'Open Preferences'),
    ({'has-route': 1, 'is-proxied': 1, 'is-proxy-down': 1, 'proxy-message': 'It is on holiday'},
     'The Proxy Does Not Work', 'It is on holiday. Peers cannot be reached', 'Open Preferences'),
    ({**OPEN, 'has-route': 0, 'map4-state': MAPPED}, 'No Network', 'not connected to the internet', None),
    ({'is-offline': 1, 'device': 'tun7'}, 'Everything Waits for “tun7”', 'Nothing is sent or received.',
     'Open Preferences'),
]


class FedDesk(Desk):
    """Of which the test says what the network is like."""

    def command(self, *arguments):
        build = self.lab.options.build
        real = os.path.join(build, 'src', 'app', 'freshet')
        fed = os.path.join(build, 'tests', 'app', 'fed', 'freshet')
        return [fed if word == real else word for word in super().command(*arguments)]

    @property
    def facts(self):
        return os.path.join(self.home, 'network')

    def variables(self, **more):
        return super().variables(FRESHET_FED_NETWORK=self.facts, **more)

    def feed(self, facts):
        with open(self.facts + '.new', 'w', encoding='utf-8') as file:
            file.write('[network]\n')
            file.writelines(f'{name}={value}\n' for name, value in facts.items())
        os.rename(self.facts + '.new', self.facts)


def find_step(desk):
    """The button for what is to be done next, if there is one."""
    frame = desk.frame('Network Status')
    return next((name for name in ('Try Again', 'Open Preferences')
                 if desk.find(name, 'PUSH_BUTTON', frame) is not None), None)


def states(lab):
    """Each has a headline, its reasons and a way on, while the window stays open."""
    desk = FedDesk(lab)
    desk.feed(STATES[-1][0])
    program = desk.start()
    desk.act_for_all('network')
    frame = desk.wait_frame('Network Status')
    for number, (facts, title, words, step) in enumerate(STATES):
        desk.feed(facts)
        desk.wait(title, top=frame)
        desk.wait(words, top=frame)
        desk.until(f'{step} is offered for {title}, {words}', lambda wanted=step: find_step(desk) == wanted, 20,
                   program)
        check_names(desk, f'in the state {title}')
        desk.picture(f'network-{number}')
    desk.keys('Escape')
    desk.wait_closed('Network Status')
    desk.quit(program)


def steps(lab):
    """The buttons, and the way to the connections, without a mouse."""
    desk = FedDesk(lab)
    asking = {**OPEN, 'map4-state': SILENT, 'map4-is-asking': 1}
    desk.feed(asking)
    program = desk.start()
    desk.act_for_all('network')
    frame = desk.wait_frame('Network Status')
    desk.wait('No router answers', top=frame)
    # That is its own business, until a person wants to know.
    check(desk.find('Your Router Is Being Asked', 'ANIMATION', frame) is None, 'nobody has had it asked')
    desk.tab_to('Try Again', 'PUSH_BUTTON')
    desk.keys('space')
    desk.until('it is asked', lambda: any(node.get_name() == 'Your Router Is Being Asked' and desk.is_shown(node)
                                          for node in desk.walk(frame)), 20, program)
    check(desk.has_state(desk.focused(), 'FOCUSED') and desk.focused().get_name().endswith('Try Again'),
          'the keyboard should stay where it is')
    desk.feed({**OPEN, 'map4-state': SILENT})
    desk.until('it was asked', lambda: not any(node.get_name() == 'Your Router Is Being Asked' and desk.is_shown(node)
                                               for node in desk.walk(frame)), 20, program)

    desk.tab_to('Open Connections', 'LIST_ITEM')
    desk.keys('Return')
    desk.wait_frame('Open Connections')
    desk.keys('Escape')
    desk.wait_closed('Open Connections')

    desk.raise_window('Network Status')
    desk.feed(STATES[-1][0])
    desk.wait('Everything Waits for “tun7”', top=frame)
    desk.tab_to('Open Preferences', 'PUSH_BUTTON')
    desk.keys('space')
    desk.wait('Network Interface', 'COMBO_BOX', top=desk.wait_frame('Preferences'))
    desk.quit(program)


def ip(*words):
    subprocess.run(['ip', *words], check=True, stdout=subprocess.DEVNULL)


def interface(lab):
    """One that everything is to go through goes and comes: the window says so, and the list of them follows."""
    desk = Desk(lab, network_interface=f"'{TUNNEL}'")
    program = desk.start()
    desk.wait(f'Everything waits for “{TUNNEL}”')
    check_names(desk, 'with the banner')
    desk.picture('banner')
    desk.raise_window('Freshet')
    desk.tab_to('Open Preferences', 'PUSH_BUTTON')
    desk.keys('space')
    frame = desk.wait_frame('Preferences')
    desk.wait(f'{TUNNEL} (not there: everything waits)', top=frame)
    ip('link', 'add', TUNNEL, 'type', 'veth', 'peer', 'name', 'freshet1')
    desk.wait(f'{TUNNEL} (not connected: everything waits)', top=frame)
    desk.picture('interface-waits')
    ip('address', 'add', '10.7.0.1/24', 'dev', TUNNEL)
    ip('link', 'set', 'freshet1', 'up')
    ip('link', 'set', TUNNEL, 'up')
    desk.until('it can be used', lambda: TUNNEL in desk.words(frame), 20, program)
    desk.until('the banner goes', lambda: desk.find('Everything waits for', top=desk.frame()) is None, 20, program)
    ip('link', 'delete', TUNNEL)
    desk.wait(f'{TUNNEL} (not there: everything waits)', top=frame)
    desk.wait('Everything waits for', top=desk.frame())
    desk.keys('Escape')
    desk.wait_closed('Preferences')
    check(desk.get_setting('network-interface') == f"'{TUNNEL}'", 'what was chosen should still be')
    desk.quit(program)


def wait_reason(desk, program, words):
    """Why a row cannot be used: such labels cannot be pointed at."""
    desk.until(f'it says why: {words}', lambda: any(node.get_name() == words for node in desk.walk(
        desk.frame('Preferences'))), 20, program)


def find_row(desk, title, role='LIST_ITEM'):
    return desk.wait(title, role, top=desk.frame('Preferences'))


def go_to_host(desk):
    """The row below the kind's; what is in it is selected."""
    desk.tab_to('Kind', 'COMBO_BOX')
    desk.keys('Down')
    # A row to type into does not say that it has the keyboard, but the one of before says no more that it has.
    desk.until('the row below has the keyboard', lambda: not desk.focused(), 20, poll=0.05)
    desk.keys('ctrl+a')


def proxy(lab):
    """What cannot be a host is told at the row, stays to be mended, and counts for nothing."""
    desk = Desk(lab, proxy_kind="'socks5'", proxy_host="'192.0.2.7'")
    program = desk.start()
    desk.act_for_all('network-preferences')
    frame = desk.wait_frame('Preferences')
    for title in ('Port Mapping', 'Local Peer Discovery'):
        check(not desk.has_state(find_row(desk, title), 'SENSITIVE'), f'{title} is of no use with a proxy')
    wait_reason(desk, program, 'Nobody connects to you through a proxy')
    entry = desk.until('there is the host', lambda: next(
        (node for node in desk.walk(frame) if node.get_role() == desk.atspi.Role.TEXT and
         desk.read(node) == '192.0.2.7'), None), 20, program)
    go_to_host(desk)
    desk.type('my proxy:1080')
    desk.keys('Return')
    desk.wait('“my proxy:1080” is neither', top=frame)
    desk.picture('proxy-wrong')
    check(desk.read(entry) == 'my proxy:1080', 'what was typed should stay')
    check(desk.get_setting('proxy-host') == "'192.0.2.7'", 'what held should hold')

    desk.keys('Up')
    go_to_host(desk)
    desk.type('http://me@proxy.example.org:3128')
    desk.keys('Return')
    desk.until('it is right', lambda: desk.find('is neither', top=frame) is None, 20, program)
    wait_until('it is taken apart', lambda: [desk.get_setting(name) for name in (
        'proxy-kind', 'proxy-host', 'proxy-port', 'proxy-user')] == [
            "'http'", "'proxy.example.org'", '3128', "'me'"], 20, program)
    wait_reason(desk, program, 'Not through an HTTP proxy')
    desk.quit(program)


def answers(port):
    with socket.socket() as one:
        return one.connect_ex(('127.0.0.1', port)) == 0


def find_free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def port(lab):
    """Another one counts without a new start."""
    desk = Desk(lab)
    program = desk.start()
    desk.act_for_all('network-preferences')
    desk.wait_frame('Preferences')
    spin = desk.find(None, 'SPIN_BUTTON', find_row(desk, 'Port'))
    before = int(desk.value(spin))
    wait_until('the port answers', lambda: answers(before), 20, program)
    after = find_free_port()
    check(after != before, 'it should be another port')
    desk.atspi.Value.set_current_value(spin, after)
    wait_until('the other port answers', lambda: answers(after), 20, program)
    check(not answers(before), 'the one of before should be closed')
    desk.quit(program)


sys.exit(run(__doc__, [states, steps, interface, proxy, port]))
