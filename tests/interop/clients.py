"""The clients of the interop tests and the bench, behind one small face.

Each is started with torrents and a folder, in the role of a seed (all content is there) or of a downloader:
wait_ready() returns when it accepts peers, wait_complete() when everything is on disk, dial() makes it connect where
the client can be told so.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import http.client
import json
import os
import subprocess
import urllib.parse
import urllib.request

from harness import (HERE, PYTHON, Failure, Process, can_connect, free_port, join_address, read_json_lines,
                     wait_until)


class Client:
    """What all have: an address, a port, a folder and one process."""
    name = '?'
    # True: it does not make files of no bytes.
    misses_empty_files = False

    def __init__(self, lab, torrents, folder, is_seed=False, ip=None, port=None, connections=500, slots=50,
                 trackers=True, wrap=(), extra=(), discovery=()):
        """`discovery`: the words by which the client finds peers without trackers; by default none does."""
        self.lab = lab
        self.torrents = torrents
        self.folder = folder
        self.is_seed = is_seed
        self.ip = ip or lab.address()
        self.port = port or free_port(self.ip)
        self.wrap = wrap
        self.connections = connections
        self.slots = slots
        self.trackers = trackers
        self.extra = extra
        self.discovery = list(discovery)
        self.process = None
        self.start()

    def start(self):
        raise NotImplementedError

    def run(self, command, **more):
        """Starts the client's program; `wrap` is what runs it somewhere else."""
        return Process(self.lab, self.name, [*self.wrap, *command], **more)

    def wait_ready(self, timeout=90):
        wait_until(f'{self.name} listens', lambda: can_connect(self.ip, self.port), timeout, self.process)

    def wait_complete(self, timeout):
        raise NotImplementedError

    def dial(self, ip, port):
        raise Failure(f'{self.name} cannot be told to connect')

    def stop(self):
        self.process.stop()

    def compare(self):
        differences = []
        for torrent in self.torrents:
            differences += torrent.content.compare(self.folder, self.misses_empty_files)
        return differences


class Freshet(Client):
    name = 'freshet-cli'

    def start(self):
        program = self.lab.options.freshet_cli
        if not program:
            raise Failure('where is freshet-cli? (--freshet-cli PATH)')
        command = [program, 'seed' if self.is_seed else 'download', *(torrent.path for torrent in self.torrents),
                   '--directory', self.folder, '--bind', self.ip, '--port', self.port,
                   *(self.discovery or ['--no-discovery']), '--max-peers', self.connections,
                   '--upload-slots', self.slots, *self.extra_options()]
        self.process = self.run(command, separate=True)

    def extra_options(self):
        return [*self.extra, *([] if self.trackers else ['--no-trackers'])]

    def wait_ready(self, timeout=90):
        if self.is_seed:
            self.process.wait_for('seeding', timeout)
        super().wait_ready(timeout)

    def wait_complete(self, timeout):
        status = self.process.wait_exit(timeout)
        if status != 0:
            raise Failure(f'freshet-cli ended with {status}: {self.process.error_output()}\n{self.process.tail()}')
        if 'complete' not in self.process.output():
            raise Failure(f'freshet-cli did not say "complete"\n{self.process.tail()}')


class FreshetWithState(Freshet):
    """Keeps its torrents in a file; `seed` shares what is kept and says nothing of torrents."""
    name = 'freshet-cli with a state'

    def __init__(self, lab, torrents, folder, **more):
        self.state = lab.path('freshet.db')
        super().__init__(lab, torrents, folder, **more)

    def start(self):
        is_known = os.path.exists(self.state)
        if not is_known and self.is_seed:
            raise Failure('a seed from a state needs one')
        command = [self.lab.options.freshet_cli, 'seed' if self.is_seed else 'download', '--state', self.state,
                   *([] if is_known else [torrent.path for torrent in self.torrents]),
                   '--directory', self.folder, '--bind', self.ip, '--port', self.port, '--no-discovery', '--json',
                   *self.extra_options()]
        self.process = self.run(command, separate=True)

    def last(self, key):
        """What was last said of each torrent, summed up."""
        lines = read_json_lines(self.process.output())
        return sum({line['info_hash']: line[key] for line in lines if key in line}.values())


class Libtorrent(Client):
    name = 'libtorrent'

    def start(self):
        command = [PYTHON, '-W', 'ignore', os.path.join(HERE, 'lt-client.py'), *(one.path for one in self.torrents),
                   '--directory', self.folder, '--listen', join_address(self.ip, self.port),
                   '--connections', self.connections, '--slots', self.slots, *self.discovery, *self.extra]
        if self.is_seed:
            command.append('--trust')
        if not self.trackers:
            command.append('--no-trackers')
        self.process = self.run(command, stdin=subprocess.PIPE)

    def count_events(self, name):
        return sum(line.get('event') == name for line in read_json_lines(self.process.output()))

    def wait_complete(self, timeout):
        wait_until('libtorrent is complete', lambda: self.count_events('complete') == len(self.torrents), timeout,
                   self.process)

    def command(self, line):
        self.process.popen.stdin.write(line.encode() + b'\n')
        self.process.popen.stdin.flush()

    def dial(self, ip, port):
        self.command(f'connect {join_address(ip, port)}')


class Transmission(Client):
    name = 'transmission'
    misses_empty_files = True

    def start(self):
        home = self.lab.make_folder('transmission-config')
        self.rpc_port = free_port(self.ip)
        self.session_id = ''
        with open(os.path.join(home, 'settings.json'), 'w', encoding='utf-8') as out:
            json.dump(self.settings(), out)
        self.process = self.run(['transmission-daemon', '-f', '-g', home])
        wait_until('transmission listens', lambda: can_connect(self.ip, self.rpc_port), 15, self.process)
        for torrent in self.torrents:
            self.rpc('torrent-add', filename=torrent.path, **{'download-dir': self.folder})

    def settings(self):
        return {
            'rpc-bind-address': self.ip, 'rpc-port': self.rpc_port, 'rpc-whitelist-enabled': False,
            'rpc-host-whitelist-enabled': False, 'rpc-authentication-required': False,
            'bind-address-ipv4': self.ip, 'bind-address-ipv6': 'fe80::', 'peer-port': self.port,
            'peer-port-random-on-start': False, 'port-forwarding-enabled': False,
            'dht-enabled': False, 'lpd-enabled': False, 'pex-enabled': False, 'utp-enabled': False,
            'encryption': 0, 'download-dir': self.folder, 'incomplete-dir-enabled': False,
            'start-added-torrents': True, 'preallocation': 0, 'cache-size-mb': 16,
            'peer-limit-global': self.connections, 'peer-limit-per-torrent': self.connections,
            'upload-slots-per-torrent': self.slots,
        }

    def rpc(self, method, **arguments):
        """One remote call; the first answer only brings the session's id (409)."""
        body = json.dumps({'method': method, 'arguments': arguments})
        for _ in range(2):
            connection = http.client.HTTPConnection(self.ip, self.rpc_port, timeout=20)
            connection.request('POST', '/transmission/rpc', body, {'X-Transmission-Session-Id': self.session_id})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            if answer.status != 409:
                break
            self.session_id = answer.getheader('X-Transmission-Session-Id')
        result = json.loads(text)
        if result['result'] != 'success':
            raise Failure(f'transmission: {result["result"]}')
        return result['arguments']

    def list(self):
        return self.rpc('torrent-get', fields=['percentDone', 'status', 'errorString'])['torrents']

    def is_complete(self):
        # 6: seeding; checking (1, 2) counts files that merely have the right size.
        torrents = self.list()
        return len(torrents) == len(self.torrents) and all(one['percentDone'] == 1 and one['status'] in (5, 6)
                                                           for one in torrents)

    def wait_ready(self, timeout=90):
        super().wait_ready(timeout)
        if self.is_seed:
            wait_until('transmission seeds', self.is_complete, timeout, self.process)

    def wait_complete(self, timeout):
        wait_until('transmission is complete', self.is_complete, timeout, self.process, poll=0.1)


class Aria2(Client):
    name = 'aria2'

    def start(self):
        command = ['aria2c', '--no-conf=true', f'--dir={self.folder}', f'--listen-port={self.port}',
                   f'--interface={self.ip}', '--enable-dht6=false', '--bt-enable-lpd=false',
                   # aria2 speaks to UDP trackers only through its DHT's socket; it is given no node to start from.
                   '--enable-dht=true', f'--dht-listen-port={self.port}',
                   f'--dht-file-path={self.lab.path("aria2-dht.dat")}',
                   '--enable-peer-exchange=false', '--disable-ipv6=true', '--file-allocation=none',
                   '--async-dns=false',
                   '--allow-overwrite=true', '--console-log-level=notice', '--summary-interval=0',
                   '--seed-ratio=0.0', f'--bt-max-peers={self.connections}', '--bt-request-peer-speed-limit=2000M',
                   '--max-concurrent-downloads=50', '--enable-color=false', '--bt-stop-timeout=0', *self.extra]
        if self.is_seed:
            command += ['--check-integrity=true', '--bt-hash-check-seed=true']
        else:
            # It says nothing when it is complete; so it is to end then.
            command.append('--seed-time=0')
        # Several torrents are a list of inputs for aria2.
        listing = self.lab.path(f'aria2-{self.port}.txt')
        with open(listing, 'w', encoding='utf-8') as out:
            out.writelines(torrent.path + '\n' for torrent in self.torrents)
        if len(self.torrents) > 1:
            command.append(f'--input-file={listing}')
        else:
            command.append(self.torrents[0].path)
        self.process = self.run(command)

    def wait_ready(self, timeout=90):
        super().wait_ready(timeout)
        if self.is_seed:
            wait_until('aria2 has checked what it seeds',
                       lambda: self.process.output().count('Verification finished') >= len(self.torrents), timeout,
                       self.process)

    def wait_complete(self, timeout):
        status = self.process.wait_exit(timeout)
        if status != 0:
            raise Failure(f'aria2 ended with {status}\n{self.process.tail()}')


class QBittorrent(Client):
    name = 'qbittorrent'

    def start(self):
        home = self.lab.make_folder('qbittorrent')
        self.web_port = free_port(self.ip)
        config = os.path.join(home, 'qBittorrent', 'config')
        os.makedirs(config)
        with open(os.path.join(config, 'qBittorrent.conf'), 'w', encoding='utf-8') as out:
            out.write('\n'.join(self.settings()) + '\n')
        self.process = self.run(['qbittorrent-nox', f'--profile={home}', f'--webui-port={self.web_port}'])
        wait_until('qbittorrent answers', self.is_up, 30, self.process)
        for torrent in self.torrents:
            self.add(torrent.path)

    def settings(self):
        return [
            '[LegalNotice]', 'Accepted=true', '[Preferences]', 'WebUI\\Enabled=true', f'WebUI\\Address={self.ip}',
            f'WebUI\\Port={self.web_port}', 'WebUI\\LocalHostAuth=false', 'WebUI\\CSRFProtection=false',
            'WebUI\\AuthSubnetWhitelistEnabled=true', 'WebUI\\AuthSubnetWhitelist=0.0.0.0/0',
            'WebUI\\HostHeaderValidation=false', 'WebUI\\UseUPnP=false', '[BitTorrent]',
            f'Session\\Port={self.port}', 'Session\\UseRandomPort=false', f'Session\\InterfaceAddress={self.ip}',
            'Session\\InterfaceName=lo', 'Session\\Interface=lo', 'Session\\DHTEnabled=false',
            'Session\\LSDEnabled=false', 'Session\\PeXEnabled=false', 'Session\\Encryption=2',
            'Session\\BTProtocol=TCP', 'Session\\SSRFMitigation=false', 'Session\\MultiConnectionsPerIp=true',
            f'Session\\DefaultSavePath={self.folder}', 'Session\\QueueingSystemEnabled=false',
            'Session\\Preallocation=false', f'Session\\MaxConnections={self.connections}',
            f'Session\\MaxConnectionsPerTorrent={self.connections}', f'Session\\MaxUploads={self.slots}',
            f'Session\\MaxUploadsPerTorrent={self.slots}', 'Session\\GlobalMaxRatio=-1',
            '[Network]', 'PortForwardingEnabled=false',
        ]

    def get(self, path):
        with urllib.request.urlopen(f'http://{self.ip}:{self.web_port}/api/v2/{path}', timeout=10) as answer:
            return answer.read()

    def is_up(self):
        try:
            return bool(self.get('app/version'))
        except OSError:
            return False

    def add(self, path):
        mark = 'b0undary'
        fields = {'savepath': self.folder, 'skip_checking': 'true' if self.is_seed else 'false', 'autoTMM': 'false'}
        body = ''.join(f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                       for key, value in fields.items()).encode()
        with open(path, 'rb') as torrent:
            body += (f'--{mark}\r\nContent-Disposition: form-data; name="torrents"; filename="t.torrent"\r\n'
                     'Content-Type: application/x-bittorrent\r\n\r\n').encode() + torrent.read()
        body += f'\r\n--{mark}--\r\n'.encode()
        request = urllib.request.Request(f'http://{self.ip}:{self.web_port}/api/v2/torrents/add', body,
                                         {'Content-Type': f'multipart/form-data; boundary={mark}'})
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()

    def is_complete(self):
        torrents = json.loads(self.get('torrents/info'))
        busy = ('checkingUP', 'checkingDL', 'checkingResumeData', 'moving')
        return len(torrents) == len(self.torrents) and all(one['progress'] == 1 and one['state'] not in busy
                                                           for one in torrents)

    def wait_ready(self, timeout=90):
        super().wait_ready(timeout)
        if self.is_seed:
            self.wait_complete(timeout)

    def wait_complete(self, timeout):
        wait_until('qbittorrent is complete', self.is_complete, timeout, self.process, poll=0.05)


CLIENTS = {kind.name: kind for kind in (Freshet, Libtorrent, Transmission, Aria2, QBittorrent)}
