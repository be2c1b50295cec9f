// SPDX-License-Identifier: Apache-2.0
// The stream of changes, one for all tabs of the browser: a stream takes a connection for as
// long as it is open, and browsers have six for a server. The tab that holds the lock has the
// EventSource and passes on what it hears; the others pass their wishes to it. When it goes,
// the next in line gets the lock and opens a new one: `open` says that anything may have been
// missed. Where a page has no locks (http from another machine) each tab has its own stream.
// Lock and channel bear the name of the account: the pages of another one hear nothing of it.

/** on: still open, said when asked. A change comes as the server wrote it. */
export type Heard = "open" | "on" | "lost" | "resync" | { change: string };
export interface Stream {
  ask: () => void; // opens it again if it is closed, or does not open; if it is open it says so
  drop: () => void; // closed until somebody asks
  stop: () => void;
}
type Hear = (what: Heard) => void;
type Wish = "ask" | "drop";

const OPENS_MS = 10000; // by itself a browser waits for ever

function own_stream(hear: Hear): Stream {
  let source: EventSource;
  let asked = 0; // when it was last opened, by the browser too
  const open = (): void => {
    source = new EventSource("/api/v1/stream");
    asked = Date.now();
    source.onopen = () => hear("open");
    source.onerror = () => {
      asked = Date.now();
      hear("lost");
    };
    source.addEventListener("change", (event) => hear({ change: (event as MessageEvent<string>).data }));
    source.addEventListener("resync", () => hear("resync"));
  };
  const ask = (): void => {
    if (source.readyState === EventSource.OPEN) hear("on");
    if (source.readyState === EventSource.CONNECTING && Date.now() - asked > OPENS_MS) source.close();
    if (source.readyState === EventSource.CLOSED) open();
  };
  const drop = (): void => source.close();
  open();
  return { ask, drop, stop: drop };
}

export function open_stream(account: string, hear: Hear): Stream {
  if (!navigator.locks) return own_stream(hear);
  const name = "muster-stream " + account;
  const channel = new BroadcastChannel(name);
  const end = new AbortController();
  let own: Stream | null = null;
  const tell: Hear = (what) => {
    channel.postMessage(what);
    hear(what);
  };
  const wish = (what: Wish): void => (own ? own[what]() : channel.postMessage(what));
  channel.onmessage = ({ data }: MessageEvent<Heard | Wish>) => {
    if (data !== "ask" && data !== "drop") hear(data);
    else own?.[data]();
  };
  const hold = (): Promise<void> => {
    own = own_stream(tell);
    return new Promise((release) => end.signal.addEventListener("abort", () => release()));
  };
  navigator.locks.request(name, { signal: end.signal }, hold).catch(() => {
    if (!end.signal.aborted) own = own_stream(hear); // the browser refuses locks
  });
  wish("ask");
  const stop = (): void => {
    own?.stop();
    channel.close();
    end.abort();
  };
  return { ask: () => wish("ask"), drop: () => wish("drop"), stop };
}
