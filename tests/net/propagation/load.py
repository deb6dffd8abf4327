#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a service from several threads at a time, with a context or without, and prints how often each
answer came.

    load.py ADDRESS REQUESTS [CONTEXT|-]...

Each context, or - for none, is a thread, which makes so many requests on one connection.
"""
import collections
import http.client
import sys
import threading

PORT = 80


def run(address, requests, context, answers):
    connection = http.client.HTTPConnection(address, PORT, timeout=30)
    for _ in range(requests):
        connection.request("GET", "/", headers={} if context == "-" else {"x-shunt-context": context})
        answers.append((context, connection.getresponse().read().decode()))


def main():
    address, requests, contexts = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    answers = []
    threads = [threading.Thread(target=run, args=(address, requests, context, answers))
               for context in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (context, text), count in sorted(collections.Counter(answers).items()):
        print(count, context, text)


main()
