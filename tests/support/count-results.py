#!/usr/bin/python3
"""Counts the outcomes in meson's testlog.json: prints "PASSED FAILED SKIPPED".

A record that is missing or broken counts as one failure: a run that told nothing proved nothing.

SPDX-License-Identifier: GPL-3.0-or-later
"""
import json
import sys

PASSED = {'OK', 'EXPECTEDFAIL'}
SKIPPED = {'SKIP'}


def count(path):
    passed = failed = skipped = 0
    try:
        with open(path, encoding='utf-8') as record:
            for line in record:
                result = json.loads(line)['result']
                if result in PASSED:
                    passed += 1
                elif result in SKIPPED:
                    skipped += 1
                else:
                    failed += 1
    except (OSError, ValueError, KeyError):
        failed += 1
    return passed, failed, skipped


if __name__ == '__main__':
    print(*count(sys.argv[1]))
