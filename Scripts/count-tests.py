# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints how many tests passed and failed, from the event stream of a run of `swift test`.

Usage: count-tests.py EVENTS STATUS, where STATUS is the exit status of `swift test`. Exits with 0
if and only if STATUS is 0, at least one test ran, and none failed.
"""

import json
import os
import sys


def records(path):
    """Yields the records of an event stream; none if there is no file."""
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                # A test process that crashes may leave half a line.
                continue


def main(path, status):
    """Prints the failed tests and the counts, and returns the exit status."""
    names = {}
    started, ended, failed, skipped = [], set(), set(), set()
    for record in records(path):
        payload = record.get("payload", {})
        if record.get("kind") == "test" and payload.get("kind") == "function":
            names[payload["id"]] = payload.get("displayName") or payload.get("name")
        if record.get("kind") != "event" or payload.get("testID") is None:
            continue
        test, kind = payload["testID"], payload.get("kind")
        if kind == "testStarted":
            started.append(test)
        elif kind == "testEnded":
            ended.add(test)
        elif kind == "testSkipped":
            skipped.add(test)
        elif kind == "issueRecorded" and is_failure(payload.get("issue", {})):
            failed.add(test)

    run = [test for test in started if test in names and test not in skipped]
    unfinished = [test for test in run if test not in ended]
    # An issue of a suite, or of a test that this run does not list, is a failure too.
    failures = list(dict.fromkeys([*sorted(failed), *unfinished]))
    for test in failures:
        reason = "did not end" if test in unfinished else "failed"
        print(f"✘ {names.get(test, test)} {reason} ({test})")
    skipped &= names.keys()
    if skipped:
        print(f"{len(skipped)} not run, since they are disabled here")
    if not run:
        print("No test was run.")
    elif status != 0 and not failures:
        print(f"swift test ended with status {status}, though no test failed.")

    passed = sum(1 for test in run if test not in failures)
    is_good = status == 0 and run and not failures
    failed_count = len(failures) if failures or is_good else 1
    print(f"{passed} passed, {failed_count} failed")
    return 0 if is_good else 1


def is_failure(issue):
    """Returns whether an issue makes its test fail: it is neither known nor a mere warning."""
    return not issue.get("isKnown", False) and issue.get("severity", "error") != "warning"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
