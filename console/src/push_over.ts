// SPDX-License-Identifier: Apache-2.0
// Notifications that ask for what nobody wants any more: a browser shows them until somebody takes
// them away, and no message may come only to do that. So each next one, and each page, looks.

/** What the worker keeps with a notification: its link's path, and whether an answer is waited for. */
export interface Kept {
  path: string;
  asks: boolean;
}

export function kept_of(one: Notification): Kept {
  return typeof one.data === "string" ? { path: one.data, asks: false } : one.data; // shown before this version
}

/** States of a reply link (domain.md) in which it asks nothing: the others want an answer, a step or a report. */
const OVER = ["late", "declined", "void", "stood_down", "withdrawn", "turned_back", "reported", "verified"];

async function is_over(path: string): Promise<boolean> {
  if (!path.startsWith("/r/")) return false;
  try {
    const answer = await fetch(path, { headers: { accept: "application/json" } });
    return answer.ok ? OVER.includes((await answer.json()).state) : answer.status === 404;
  } catch {
    return false; // no line: nothing is known
  }
}

/** Closes what is over. PATH: what is in view (IS_SEEN: its own goes, too), or has just come, and is not asked about. */
export async function close_over(worker: ServiceWorkerRegistration, path: string, is_seen: boolean): Promise<void> {
  for (const one of await worker.getNotifications()) {
    const kept = kept_of(one);
    const is_over_now = kept.path === path ? is_seen : kept.asks && (await is_over(kept.path));
    if (is_over_now) one.close();
  }
}
