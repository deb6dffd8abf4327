# SPDX-License-Identifier: Apache-2.0
"""Python requests, a session with a pool: requests_pool.py URL COUNT. See clients.t."""
import sys

import requests

BODY = b"b" * 5000
url, count = sys.argv[1], int(sys.argv[2])
session = requests.Session()
session.trust_env = False
for i in range(count):
    context = ("", "x", "y")[i % 3]
    headers = {"x-shunt-context": context} if context else {}
    if i % 4 == 3:
        answer = session.post(url, data=iter([BODY]) if i % 8 == 3 else BODY, headers=headers, timeout=10)
    else:
        answer = session.get(url, headers=headers, timeout=10)
    print(answer.status_code, context or "-", answer.text.split()[0])
