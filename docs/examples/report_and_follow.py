#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sensor platform reports an incident, follows it to its end, and reads what came of it.

    export MUSTER_TOKEN=$(muster token --account sensors --dir county)     # an account of its own, a dispatcher
    python3 report_and_follow.py http://127.0.0.1:8080 gauge12-0731 flood 30.7,121.02 "Gauge 12: 1.4 m over the road"

READING is the platform's own id of what was measured: reported again under it within a day, after a
lost answer or a restart of this program, it is the same incident. Each thing that happens in it is
printed as a line; once it is closed, cancelled or merged, so is its report. Python's standard library
alone; for https:// with a county's own authority, SSL_CERT_FILE is its tls-ca.pem."""
import argparse
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

SILENCE_S = 45  # the stream says something every 15 s
WAIT_MAX_S = 60
AGAIN = {429, 502, 503, 504, 507}  # not now; all else is an answer


def say(text):
    print(text, flush=True)


class Muster:
    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/") + "/api/v1/", token

    def open(self, path, body=None, **headers):
        headers["Authorization"] = "Bearer " + self.token
        if body is not None:
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, body, headers)
        return urllib.request.urlopen(request, timeout=SILENCE_S)

    def call(self, path, body=None, **headers):
        """The answer, however long the server is away. A body goes with an Idempotency-Key, so that
        what was sent twice has happened once."""
        wait_s = 1
        while True:
            try:
                with self.open(path, body, **headers) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refusal:
                problem = json.loads(refusal.read() or b"{}")
                if refusal.code not in AGAIN:
                    sys.exit(f"{path}: {refusal.code} {problem.get('detail')} {problem.get('errors', '')}")
                wait_s = max(wait_s, int(refusal.headers.get("Retry-After", 1)))
            except (OSError, http.client.HTTPException, ValueError) as lost:  # no answer, or half of one
                print(f"{path}: {lost}; again in {wait_s} s", file=sys.stderr)
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, WAIT_MAX_S)

    def changes(self):
        """What happens from now on, without end: ("change", {position, incident, kind, ..}). Between
        them ("look", None): what is read now by `call` is what all later changes come after."""
        last_id, wait_s = None, 1
        while True:
            try:
                with self.open("stream", **({"Last-Event-ID": last_id} if last_id else {})) as stream:
                    wait_s = 1
                    if not last_id:
                        yield "look", None
                    event = {}
                    for line in stream:
                        name, _, value = line.decode().rstrip("\r\n").partition(": ")
                        if name:
                            event[name] = value  # a comment has no name that is asked for
                            continue
                        last_id = event.get("id", last_id)
                        if event.get("event") == "resync":
                            yield "look", None
                        elif "data" in event:
                            yield "change", json.loads(event["data"])
                        event = {}
            except urllib.error.HTTPError as refusal:
                if refusal.code not in AGAIN:
                    sys.exit(f"stream: {refusal.code} {json.load(refusal).get('detail')}")
            except (OSError, http.client.HTTPException) as lost:
                print(f"stream: {lost}", file=sys.stderr)
            say(f"the line is lost: again in {wait_s} s, behind {last_id}")
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, WAIT_MAX_S)


def follow(muster, reading, report):
    """Reports, and returns the incident as it ended."""
    changes = muster.changes()
    next(changes)  # the stream is open: nothing of what follows is missed
    key = {"Idempotency-Key": reading}
    incident = muster.call("incidents", report, **key)
    path = f"incidents/{incident['id']}"
    say(f"reported: case {incident['case']}")
    state = muster.call(path)["state"]  # the reading may have been reported before
    while state not in ("closed", "cancelled", "merged"):
        what, change = next(changes)
        if what == "change" and change["incident"] != incident["id"]:
            continue
        if what == "change":
            say(change["kind"])
        if what == "look" or change["kind"].startswith("incident."):
            state = muster.call(path)["state"]
    return muster.call(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("url", "reading", "kind", "at", "title"):
        parser.add_argument(name)
    parser.add_argument("--exercise", action="store_true")
    asked = parser.parse_args()
    muster = Muster(asked.url, os.environ["MUSTER_TOKEN"])
    lat, lon = map(float, asked.at.split(","))
    # A platform whose map is AMap's or Baidu's adds "crs": "gcj02" or "bd09" to the place.
    report = {"kind": asked.kind, "at": {"lat": lat, "lon": lon}, "title": asked.title, "exercise": asked.exercise}
    incident = follow(muster, asked.reading, report)
    came = muster.call(f"incidents/{incident['id']}/report")
    say(f"{incident['state']}: {json.dumps(came['funnel'])}")


if __name__ == "__main__":
    main()
