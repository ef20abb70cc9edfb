"""What is measured of one process, and the clients as the bench runs them.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import statistics
import subprocess
import threading
import time

from clients import Aria2, Freshet, Libtorrent, QBittorrent, Transmission
from harness import Failure, Process, read_json_lines, wait_until

TICK_S = 1 / os.sysconf('SC_CLK_TCK')
POLL_S = 0.004
SAMPLE_S = 0.02


# ---- Measuring one process -------------------------------------------------------------------------------------

class Meter(threading.Thread):
    """Follows a process: CPU seconds over time, peak resident and peak anonymous memory."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.samples = []
        self.resident = self.anonymous = 0
        self.is_over = threading.Event()
        self.start()

    def cpu(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='ascii', errors='replace') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def sample(self):
        try:
            self.samples.append((time.monotonic(), self.cpu()))
            with open(f'/proc/{self.process.pid}/status', encoding='ascii', errors='replace') as file:
                for line in file:
                    if line.startswith('VmHWM'):
                        self.resident = max(self.resident, int(line.split()[1]) * 1024)
                    elif line.startswith('RssAnon'):
                        self.anonymous = max(self.anonymous, int(line.split()[1]) * 1024)
        except (OSError, IndexError, ValueError):
            pass

    def run(self):
        while not self.is_over.wait(SAMPLE_S):
            self.sample()

    def finish(self, since):
        """CPU seconds since that instant."""
        self.is_over.set()
        self.join()
        if self.process.is_alive():
            end = self.cpu()
        else:
            usage = self.process.usage
            end = usage.ru_utime + usage.ru_stime
        before = [cpu for at, cpu in self.samples if at <= since]
        return end - (before[-1] if before else 0)


class BenchFreshet(Freshet):
    # No client encrypts, where what is measured is not RC4.
    encryption = 'off'

    def extra_options(self):
        return super().extra_options() + ['--json', '--encryption', self.encryption]

    def wait_complete(self, timeout):
        self.process.wait_for('"complete"', timeout, poll=POLL_S)
        self.complete_at = time.monotonic()
        # What it does afterwards, telling trackers, is its CPU time too.
        if self.process.wait_exit(15, poll=POLL_S) != 0:
            raise Failure(f'freshet-cli failed: {self.process.error_output()}')


class Measured(BenchFreshet):
    """The same engine in bt-measure, which downloads several times, and may keep a state."""
    is_kept = False

    def start(self):
        options = self.lab.options
        self.process = self.run([options.measure, 'download', self.torrents[0].path, '--directory', self.folder,
                                 '--bind', f'{self.ip}:{self.port}', '--times', options.times,
                                 *(['--state', self.lab.path('state.db')] if self.is_kept else [])], separate=True)

    def wait_complete(self, timeout):
        super().wait_complete(timeout)
        self.complete_at = read_json_lines(self.process.output())[-1]['at']


class MeasuredKept(Measured):
    is_kept = True


class BenchLibtorrent(Libtorrent):
    def wait_complete(self, timeout):
        super().wait_complete(timeout)
        self.complete_at = max(line['at'] for line in read_json_lines(self.process.output())
                               if line.get('event') == 'complete')


class BenchAria2(Aria2):
    def wait_complete(self, timeout):
        super().wait_complete(timeout)
        self.complete_at = time.monotonic()


class BenchTransmission(Transmission):
    def wait_complete(self, timeout):
        super().wait_complete(timeout)
        self.complete_at = time.monotonic()


class BenchQBittorrent(QBittorrent):
    def wait_complete(self, timeout):
        super().wait_complete(timeout)
        self.complete_at = time.monotonic()


KINDS = {'freshet': BenchFreshet, 'libtorrent': BenchLibtorrent, 'qbittorrent': BenchQBittorrent,
         'aria2': BenchAria2, 'transmission': BenchTransmission,
         'without': Measured, 'with': MeasuredKept}


class Loadgen(Process):
    """bt-loadgen in one of its modes."""

    def __init__(self, lab, command, *arguments, wrap=()):
        super().__init__(lab, 'loadgen', [*wrap, lab.options.loadgen, command, *arguments])

    def event(self, name, timeout=30):
        return wait_until(f'"{name}" from the load generator', lambda: self.find(name), timeout, self)

    def find(self, name):
        found = [line for line in read_json_lines(self.output()) if line.get('event') == name]
        return found[0] if found else None

    def finish(self):
        self.stop()
        return self.find('end')


def loadgen_once(options, *arguments):
    subprocess.run([options.loadgen, *map(str, arguments)], check=True)


def result_of(meter, client, since, n_bytes, n_seconds, **more):
    cpu = meter.finish(since)
    return dict(more, mb_per_s=n_bytes / n_seconds / 1e6, cpu_s_per_gb=cpu / (n_bytes / 1e9), seconds=n_seconds,
                resident_mb=meter.resident / 2**20, anonymous_mb=meter.anonymous / 2**20)


# ---- One beside another ----------------------------------------------------------------------------------------

def sort_rounds(results):
    """Of each round a dictionary by client."""
    return [{result['client']: result for result in results if result['round'] == number}
            for number in sorted({result['round'] for result in results})]


def print_ratio(rounds, above, below):
    """Of the rates of the same round."""
    ratios = [one[above]['mb_per_s'] / one[below]['mb_per_s'] for one in rounds
              if {above, below} <= set(one) and not any('error' in one[name] for name in (above, below))]
    if ratios:
        print(f'{above} / {below}: median {statistics.median(ratios):.3f}, of '
              + ' '.join(f'{one:.3f}' for one in ratios), flush=True)
