# SPDX-License-Identifier: Apache-2.0
"""Python urllib3, threads that share a pool: urllib3_threads.py URL COUNT. See clients.t."""
import sys
from concurrent.futures import ThreadPoolExecutor

import urllib3

url, count = sys.argv[1], int(sys.argv[2])
pool = urllib3.PoolManager(maxsize=4, block=True, timeout=10, retries=False)


def one(i):
    context = ("", "x", "y")[i % 3]
    headers = {"cookie": f"a=b; shunt_context={context}"} if context else {}
    answer = pool.request("GET", url, headers=headers)
    return f"{answer.status} {context or '-'} {answer.data.split()[0].decode()}"


with ThreadPoolExecutor(8) as threads:
    for line in threads.map(one, range(count)):
        print(line)
