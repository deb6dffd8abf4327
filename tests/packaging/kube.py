#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tests' API server, with TLS and what a manager needs: objects of a directory of manifests, and
tokens of service accounts and of people.

    kube.py CERTIFICATE KEY MANIFESTS PORT-FILE"""

import glob
import os
import signal
import ssl
import sys

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kubernetes"))
from apiserver import ApiServer  # noqa: E402

ACCOUNT = "system:serviceaccount:shunt-system:"


def user(name, *groups):
    return {"username": name, "groups": list(groups)}


def main():
    certificate, key, manifests, port_file = sys.argv[1:]
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    server = ApiServer(tls=tls, tokens={"token-of-manager": "shunt-manager"})
    server.reviews = {"token-of-agent": user(ACCOUNT + "shuntd"),
                      "token-of-ada": user("ada", "shunt:editors")}
    for path in glob.glob(os.path.join(manifests, "*.yaml")):
        with open(path) as file:
            server.put(*(item for item in yaml.safe_load_all(file)
                         if item["apiVersion"] == "v1"))
    with open(port_file + ".new", "w") as file:
        print(server.port, file=file)
    os.rename(port_file + ".new", port_file)
    signal.sigwait([signal.SIGTERM])


main()
