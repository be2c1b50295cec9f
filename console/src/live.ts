// SPDX-License-Identifier: Apache-2.0
// What changed, as it changes: one stream for the whole console, shared by its tabs; while
// it is down, a poll every three seconds, or less often on a slow line. Listeners are called at most once per 250 ms. A
// stream may look open long after the line is gone, or be in the hands of a tab that is
// stuck, so every ten seconds each tab asks the server, and whoever has the stream, itself.
import { open_stream, type Heard, type Stream } from "./stream";
import type { Instance } from "./types";

export type Link = "live" | "poll" | "down";
export interface Change {
  incident?: number;
  kind?: string;
  callout?: number;
}
/** Incidents by their ids; what is no incident's is 0 and the first word of its kind. */
export type Subject = number | string;
type Listener = (subjects: Set<Subject> | null) => void;

const listeners = new Set<Listener>();
const link_listeners = new Set<(link: Link) => void>();
let link: Link = "down";
let stream: Stream | null = null;
let answered = true; // by whoever has the stream
let pending: Set<Subject> | null = new Set();
let timer = 0;
let poll = 0;
let watch = 0;
let heard = Date.now();
let stores = true;
const WATCH_MS = 10000;
const PATIENCE_MS = 5000;
const POLL_SHARE = 10; // of the time that an empty answer takes

function set_link(next: Link): void {
  if (next !== "down") heard = Date.now();
  if (link === next) return;
  link = next;
  for (const listener of link_listeners) listener(next);
}

/** INSTANCE: as the server has just told it. */
export function note_stores(instance: Instance): void {
  if (stores === (instance.stores !== false)) return;
  stores = !stores;
  for (const listener of link_listeners) listener(link);
}
/** False: the server's disk is full or broken. */
export function is_storing(): boolean {
  return stores;
}

function flush(): void {
  timer = 0;
  const changed = pending;
  pending = new Set();
  for (const listener of listeners) listener(changed);
}

/** null = anything may have changed. */
function touched(subjects: Subject[] | null): void {
  if (subjects === null) pending = null;
  else for (const one of subjects) pending?.add(one);
  timer ||= window.setTimeout(flush, 250);
}

/** Whether the server answers at all, and not a proxy that does not reach it; what it says of its disk is noted. */
async function is_heard(): Promise<boolean> {
  const end = new AbortController();
  window.setTimeout(() => end.abort(), PATIENCE_MS);
  try {
    const answer = await fetch("/api/v1/instance", { signal: end.signal });
    if (answer.ok) note_stores((await answer.json()) as Instance);
    return ![502, 503, 504].includes(answer.status);
  } catch {
    return false;
  }
}

/** Whether it is heard every three seconds; what it has, as often as the line bears: a slow one would carry nothing else. */
function start_poll(): void {
  let due = 0;
  poll ||= window.setInterval(() => {
    const asked = Date.now();
    is_heard().then((yes) => {
      if (!poll) return; // the stream has come back meanwhile
      set_link(yes ? "poll" : "down");
      if (!yes || asked < due) return;
      due = asked + POLL_SHARE * (Date.now() - asked);
      touched(null);
    });
    stream?.ask();
  }, 3000);
}

function lost(): void {
  set_link("down");
  stream?.drop();
  start_poll();
}

/** Whether the server answers although the stream looks open, and the tab that has it. */
function look(): void {
  if (link !== "live") return;
  if (!answered) return lost();
  answered = false;
  stream?.ask();
  is_heard().then((yes) => {
    if (yes) heard = Date.now();
    else if (link === "live") lost();
  });
}

function hear(what: Heard): void {
  if (what === "lost") {
    set_link("down");
    start_poll();
  } else if (what === "resync") {
    touched(null);
  } else if (what === "open" || what === "on") {
    answered = true;
    if (what === "on" && link === "live") return;
    window.clearInterval(poll);
    poll = 0;
    set_link("live");
    touched(null);
  } else {
    try {
      const { incident, kind } = JSON.parse(what.change) as Change;
      touched(incident ? [incident] : incident === 0 ? [0, kind?.split(".")[0] ?? ""] : null);
    } catch {
      touched(null);
    }
  }
}

export function start_live(account: string): void {
  stream ??= open_stream(account, hear);
  start_poll();
  watch ||= window.setInterval(look, WATCH_MS);
  window.addEventListener("offline", lost);
}
export function stop_live(): void {
  stream?.stop();
  stream = null;
  window.clearInterval(poll);
  window.clearInterval(watch);
  window.removeEventListener("offline", lost);
  poll = watch = 0;
  set_link("down");
}
/** When the server was last heard, in ms of this machine's clock. */
export function last_heard(): number {
  return heard;
}
export function current_link(): Link {
  return link;
}
export function on_link(listener: (link: Link) => void): () => void {
  link_listeners.add(listener);
  return () => link_listeners.delete(listener);
}
export function on_change(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
