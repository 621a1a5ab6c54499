"""Runs the exported script, and writes down each request as it was measured, before Locust rounds it.

One line a request: name, start (seconds since the epoch), milliseconds, whether it failed.
"""
import importlib
import os
import sys

from locust import events

sys.path.insert(0, os.path.dirname(os.environ["SCRIPT"]))
script = importlib.import_module(os.path.basename(os.environ["SCRIPT"])[: -len(".py")])
globals().update({name: thing for name, thing in vars(script).items() if not name.startswith("_")})

lines = []


@events.request.add_listener
def record(name, response_time, start_time, exception, **_):
    lines.append(f"{name}\t{start_time}\t{response_time}\t{int(exception is not None)}\n")


@events.quit.add_listener
def write(**_):
    with open(os.environ["RECORD"], "w", encoding="utf-8") as file:
        file.writelines(lines)
