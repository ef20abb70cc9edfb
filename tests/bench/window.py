"""The real window with many torrents, under Xvfb with the software renderer: what its frames take.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import shutil

from harness import Failure, Process, read_json_lines
from many import POLL_S, peak_mb
from measured import print_ratio, sort_rounds

LIMIT_S = 300


def measure_engine(start, lab):
    """Peak memory of the engine alone, with the same torrents."""
    process = start.start(lab)
    start.wait_listed(process)
    resident = peak_mb(process)
    process.stop()
    return resident


def start_display(lab):
    """The environment of programs on a display of their own."""
    xvfb = Process(lab, 'xvfb', ['Xvfb', '-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp',
                                 '-noreset'], separate=True)
    display = xvfb.wait_for(r'^\d+\n', 10).group().strip()
    return {'DISPLAY': f':{display}', 'GDK_BACKEND': 'x11', 'GSK_RENDERER': 'cairo', 'GDK_DEBUG': 'gl-disable',
            'GDK_DISABLE': 'gl,vulkan', 'GSETTINGS_BACKEND': 'memory', 'ADW_DISABLE_PORTAL': '1',
            'XDG_RUNTIME_DIR': lab.make_folder('run'),
            'GSETTINGS_SCHEMA_DIR': os.path.join(os.path.dirname(lab.options.window), '..', '..', 'data')}


def run_window(start, options, lab):
    """`start`: a FreshetStart, whose state is not changed."""
    engine_mb = measure_engine(start, lab)
    # It changes some torrents: each time in a copy.
    home = lab.make_folder('window-data')
    shutil.copytree(os.path.dirname(start.state), os.path.join(home, 'freshet'))
    env = start_display(lab)
    window = Process(lab, 'window', ['env', f'XDG_DATA_HOME={home}', 'dbus-run-session', '--', options.window],
                     env=env, separate=True)
    if window.wait_exit(LIMIT_S, poll=POLL_S) != 0:
        raise Failure(f'bt-window failed: {window.error_output()}')
    return summarize(read_json_lines(window.output()), engine_mb)


def download_in_window(torrent, target, options, lab):
    """What bt-window-rate says when all is there: how its frames came."""
    program = options.window + '-rate'
    window = Process(lab, 'window', ['dbus-run-session', '--', program, torrent, target], env=start_display(lab),
                     separate=True)
    window.wait_for('"complete".*\n', options.limit, poll=POLL_S)
    if window.wait_exit(30) != 0:
        raise Failure(f'bt-window-rate failed: {window.error_output()}')
    return read_json_lines(window.output())[0]


def print_rates(results):
    """The window's rate beside the command line's of the same round, and how its frames came meanwhile."""
    rounds = sort_rounds(results)
    print_ratio(rounds, 'window', 'cli')
    for one in rounds:
        frames = one.get('window', {}).get('frames')
        if frames:
            print(f'frame intervals, ms: n {frames["n"]}, p50 {frames["p50_ms"]}, p95 {frames["p95_ms"]}, '
                  f'p99 {frames["p99_ms"]}, max {frames["max_ms"]}, over 33: {frames["over"]}; '
                  f'CPU of the window’s thread: {frames["window_cpu_s"]} s', flush=True)


def summarize(lines, engine_mb):
    shown = next(line for line in lines if line['event'] == 'shown')
    steps = [line for line in lines if line['event'] == 'step']
    print(f'\n{"frames, ms":28}{"n":>5}{"p50":>7}{"p95":>7}{"max":>7}{"> 33":>6}   CPU {"p95":>7}{"max":>7}{"> 33":>6}'
          f'{"blank":>7}')
    for step in steps:
        print(f'{step["name"]:28}{step["n"]:5}{step["p50_ms"]:7.1f}{step["p95_ms"]:7.1f}{step["max_ms"]:7.1f}'
              f'{step["over"]:6}       {step["cpu_p95_ms"]:7.1f}{step["cpu_max_ms"]:7.1f}{step["cpu_over"]:6}'
              f'{step["blank"]:7}',
              flush=True)
    if any(step['blank'] for step in steps):
        raise Failure('rows were seen with nothing in them')
    return {'shown_ms': shown['after_ms'], 'max_ms': max(step['max_ms'] for step in steps),
            'over': sum(step['over'] for step in steps), 'cpu_over': sum(step['cpu_over'] for step in steps),
            'more_mb': max(step['resident_kb'] for step in steps) / 1024 - engine_mb, 'steps': steps}
