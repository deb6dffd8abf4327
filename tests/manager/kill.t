#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the manager at random moments while eight writers write: whatever was acknowledged is
there afterwards, and nothing is there by halves.

  KILL_WRITES=2000   how many writes are acknowledged
  KILL_SEED=1        of the random moments
"""

import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import manager as shunt  # noqa: E402

WRITERS = 8
WRITES = int(os.environ.get("KILL_WRITES", "2000")) // WRITERS  # of one writer
SEED = int(os.environ.get("KILL_SEED", "1"))
NAMES = 6  # contexts of one writer
PARTS = 20  # config values of a context, which have to agree
RETRY_LIMIT = 20  # seconds
ABSENT = None


def value_of(context):
    """The number that was written; anything but a whole context is an error."""
    spec = context["spec"]
    numbers = set(spec["config"].values())
    if len(numbers) != 1 or len(spec["config"]) != PARTS or len(spec["overrides"]) != 2:
        raise AssertionError(f"half a context: {spec}")
    return int(numbers.pop())


class Writer(threading.Thread):
    """Creates, replaces and deletes contexts of its own and knows what must be there."""

    def __init__(self, manager, number):
        super().__init__()
        self.manager = manager
        self.random = random.Random(SEED * 1000 + number)
        self.names = [f"writer-{number}-{i}" for i in range(NAMES)]
        self.value = dict.fromkeys(self.names, ABSENT)  # as acknowledged
        self.etag = dict.fromkeys(self.names)
        self.api = shunt.Api(manager)
        self.acknowledged = 0
        self.unknown = 0  # writes that were cut off
        self.unknown_done = 0  # those of them that had been done
        self.failure = None

    def run(self):
        try:
            for number in range(1, 1000000):
                if self.acknowledged == WRITES:
                    break
                self.write(self.random.choice(self.names), number)
        except Exception:
            self.failure = traceback.format_exc()

    def write(self, name, number):
        delete = self.value[name] is not ABSENT and self.random.random() < 0.2
        wanted = ABSENT if delete else number
        try:
            if delete:
                reply = self.api.ask("DELETE", f"/v1/contexts/{name}", If_Match=self.etag[name])
            else:
                overrides = [{"service": "shop/users", "sha": "4f2a91c"},
                             {"service": "shop/pay", "pod": "pay-x"}]
                config = {f"part-{i}": str(number) for i in range(PARTS)}
                reply = self.api.put(shunt.context(name, overrides, **config), self.etag[name])
        except OSError:
            self.settle(name, wanted)
            return
        if reply.status not in (200, 201, 204):
            raise AssertionError(f"{name}: {reply.status} {reply.text}")
        self.acknowledged += 1
        self.value[name] = wanted
        self.etag[name] = None if delete else reply.etag

    def settle(self, name, wanted):
        """Nobody said whether the write was done: one of two states is right."""
        value = self.check(name, {self.value[name], wanted})
        self.unknown += 1
        self.unknown_done += value == wanted
        self.value[name] = value

    def check(self, name, allowed):
        end = time.monotonic() + RETRY_LIMIT
        while True:
            try:
                reply = self.api.ask("GET", f"/v1/contexts/{name}")
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
        if reply.status not in (200, 404):
            raise AssertionError(f"{name}: {reply.status} {reply.text}")
        value = ABSENT if reply.status == 404 else value_of(reply.json)
        if value not in allowed:
            raise AssertionError(f"{name} is {value}, has to be one of {allowed}")
        self.etag[name] = reply.etag if value is not ABSENT else None
        return value

    def check_all(self):
        for name in self.names:
            self.check(name, {self.value[name]})


def run_writers(manager):
    """Until all are done; the manager dies again and again meanwhile. Returns how often."""
    writers = [Writer(manager, number) for number in range(WRITERS)]
    moments = random.Random(SEED)
    kills = 0
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        time.sleep(moments.uniform(0.005, 0.1))
        manager.end(signal.SIGKILL)
        kills += 1
        manager.start()
    return writers, kills


def expect_no_failure(writers):
    for writer in writers:
        if writer.failure:
            raise AssertionError(writer.failure)
        if writer.acknowledged != WRITES:
            raise AssertionError(f"{writer.acknowledged} of {WRITES} writes")


def expect_all_there(manager, writers):
    manager.end(signal.SIGKILL)
    manager.start()
    for writer in writers:
        writer.check_all()
    listed = {item["metadata"]["name"]
              for item in shunt.Api(manager).ask("GET", "/v1/contexts").json["items"]}
    wanted = {name for writer in writers for name in writer.names
              if writer.value[name] is not ABSENT}
    if listed != wanted:
        raise AssertionError(f"too many or too few: {sorted(listed ^ wanted)}")


def expect_record(manager, writers):
    """Every write that was done is in the record of events, once."""
    done = sum(writer.acknowledged + writer.unknown_done for writer in writers)
    api = shunt.Api(manager)
    ids = []
    before = 0
    while True:
        page = api.ask("GET", "/v1/events?limit=1000" + (f"&before={before}" if before else ""))
        items = page.json["items"]
        if not items:
            break
        ids += [item["id"] for item in items]
        before = min(ids)
    if len(ids) != len(set(ids)) or len(ids) != done:
        raise AssertionError(f"{len(ids)} events of {done} writes")


def expect_sound_file(manager):
    manager.end()
    with sqlite3.connect(manager.store) as file:
        answer = file.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        raise AssertionError(answer)


def report(number, title, check, *arguments):
    try:
        check(*arguments)
        print(f"ok {number} - {title}", flush=True)
    except Exception as error:
        print(f"not ok {number} - {title}")
        for line in str(error or traceback.format_exc()).splitlines():
            print(f"#   {line}", flush=True)


def main():
    print("1..4", flush=True)
    with tempfile.TemporaryDirectory(prefix="shunt-kill.") as directory:
        manager = shunt.Manager(directory)
        shunt.write_manifest(manager, "cluster.json", [
            shunt.service("users", "10.96.0.1"), shunt.pod("users-1", "users", "10.0.0.1"),
            shunt.pod("users-x", "users", "10.0.0.2", "4f2a91c"),
            shunt.service("pay", "10.96.0.2"), shunt.pod("pay-1", "pay", "10.0.0.3"),
            shunt.pod("pay-x", "pay", "10.0.0.4", "77aa001")])
        manager.start()
        try:
            begin = time.monotonic()
            writers, kills = run_writers(manager)
            took = time.monotonic() - begin
            report(1, "no write fails but by the death of the manager", expect_no_failure, writers)
            report(2, "what was acknowledged is there and whole, nothing else", expect_all_there,
                   manager, writers)
            report(3, "each write is in the record of events, once", expect_record, manager, writers)
            report(4, "the file is sound", expect_sound_file, manager)
            print(f"# {sum(w.acknowledged for w in writers)} writes acknowledged in {took:.1f} s, "
                  f"{kills} times killed, {sum(w.unknown for w in writers)} writes cut off, of which "
                  f"{sum(w.unknown_done for w in writers)} had been done; seed {SEED}")
        finally:
            if manager.process.poll() is None:
                manager.end(signal.SIGKILL)


main()
