#!/usr/bin/python3
"""Runs test-secret on a bus of its own: with GNOME's keyring, unlocked and in a folder of the test's, and without.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import os
import shutil
import subprocess
import sys
import tempfile

KEYRING = 'gnome-keyring-daemon'


def read_line(process):
    line = process.stdout.readline().decode().strip()
    if not line:
        raise OSError(f'{process.args[0]} says nothing')
    return line


def end(process):
    process.terminate()
    process.wait()


def run(program, path, env):
    return subprocess.run([program, '-p', path], env=env, stdout=subprocess.DEVNULL, check=False, timeout=60).returncode


def with_keyring(program, env):
    keyring = subprocess.Popen([KEYRING, '--foreground', '--unlock', '--components=secrets'], env=env,
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        keyring.stdin.write(b'password')
        keyring.stdin.close()
        wait = ['gdbus', 'wait', '--session', '--timeout', '20', 'org.freedesktop.secrets']
        subprocess.run(wait, env=env, check=True, timeout=30)
        # What GDBus's thread has in hand when the process ends is sometimes taken for a leak.
        options = env.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
        return run(program, '/secret/keyring', dict(env, ASAN_OPTIONS=options))
    finally:
        end(keyring)


def main():
    program, schemas = sys.argv[1:]
    failed = 0
    print('1..2')
    with tempfile.TemporaryDirectory(prefix='freshet-secret-') as home:
        env = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, XDG_DATA_HOME=os.path.join(home, 'data'),
                   XDG_CONFIG_HOME=os.path.join(home, 'config'), GSETTINGS_SCHEMA_DIR=schemas, LC_ALL='C.UTF-8')
        os.makedirs(env['XDG_DATA_HOME'])
        bus = subprocess.Popen(['dbus-daemon', '--config-file=/usr/share/dbus-1/session.conf', '--nofork',
                                '--print-address'], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            env['DBUS_SESSION_BUS_ADDRESS'] = read_line(bus)
            if not shutil.which(KEYRING):
                print(f'ok 1 - keyring # SKIP there is no {KEYRING}')
            else:
                status = with_keyring(program, env)
                failed += status != 0
                print(f'{"not " if status else ""}ok 1 - keyring')
        finally:
            end(bus)
        env['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={home}/nobody'
        status = run(program, '/secret/nowhere', env)
        failed += status != 0
        print(f'{"not " if status else ""}ok 2 - nowhere')
    return failed


sys.exit(main())
