#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The REST API of a manager of its own: what it does, and that every answer is as docs/openapi.yaml
says. At the end each documented status of each route was seen, or cannot be provoked."""

import os
import signal
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api_contexts  # noqa: E402
import api_limits  # noqa: E402
import api_routes  # noqa: E402
import manager as shunt  # noqa: E402
import openapi  # noqa: E402

ROLES = {"rea": "reader", "ann": "editor", "bob": "editor", "root": "admin", "node-a": "agent"}


class World:
    """A manager with a small cluster, and a client of each role by its name."""

    def __init__(self, directory):
        self.directory = directory
        self.document = openapi.Document()
        self.manager = self.new_manager("main")
        shunt.write_manifest(self.manager, "cluster.json", [
            shunt.service("users", "10.96.0.1"), shunt.pod("users-1", "users", "10.0.0.1"),
            shunt.pod("users-x", "users", "10.0.0.2", "4f2a91c"),
            shunt.service("pay", "10.96.0.2"), shunt.pod("pay-1", "pay", "10.0.0.3"),
            shunt.pod("pay-x", "pay", "10.0.0.4", "77aa001")])
        self.manager.start()
        self.rea, self.ann, self.bob, self.root, self.agent = map(self.client, ROLES)

    def new_manager(self, name, *options):
        directory = os.path.join(self.directory, name)
        os.mkdir(directory)
        return shunt.Manager(directory, [*shunt.tokens_options(directory, ROLES), *options])

    def client(self, token, manager=None, **options):
        return openapi.Client(self.document, manager or self.manager, token, **options)


def report(number, test, world):
    title = test.__name__.removeprefix("test_").replace("_", " ")
    try:
        test(world)
        print(f"ok {number} - {title}", flush=True)
    except Exception as error:
        print(f"not ok {number} - {title}")
        text = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
        for line in text.splitlines():
            print(f"#   {line}", flush=True)


def main():
    tests = [test for module in (api_contexts, api_routes, api_limits)
             for name, test in vars(module).items() if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="shunt-api.") as directory:
        world = World(directory)
        try:
            for number, test in enumerate(tests, 1):
                report(number, test, world)
        finally:
            if world.manager.process.poll() is None:
                world.manager.end(signal.SIGKILL)


main()
