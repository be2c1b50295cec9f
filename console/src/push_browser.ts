// SPDX-License-Identifier: Apache-2.0
// Notifications that a browser shows while none of our pages is open: its worker (push.ts), and
// what is told to our server of it.

const SCRIPT = "/assets/push.js";
/** A person's own page, and a desk of the console: each its own, so that neither ends the other. */
export const OWN = "/assets/";
export const DESK = "/assets/desk/";
type Scope = typeof OWN | typeof DESK;

/** As the fields of the server are called. */
export interface Subscription {
  push_endpoint: string;
  push_p256dh: string;
  push_auth: string;
}

export function has_push(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

function fields_of(given: PushSubscription): Subscription {
  const { endpoint, keys } = given.toJSON();
  return { push_endpoint: endpoint ?? "", push_p256dh: keys?.p256dh ?? "", push_auth: keys?.auth ?? "" };
}

/** Whose registration covers SCOPE may be another one's. */
export async function registered(scope: Scope): Promise<ServiceWorkerRegistration | null> {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  return registration?.scope.endsWith(scope) ? registration : null;
}

async function found(scope: Scope): Promise<PushSubscription | null> {
  return (await registered(scope))?.pushManager.getSubscription() ?? null;
}

/** What this browser shows already; null: nothing. */
export async function subscribed(scope: Scope): Promise<Subscription | null> {
  const one = await found(scope);
  return one && fields_of(one);
}

/** The worker that shows notifications, running: before, nothing can be subscribed. */
async function start_worker(scope: Scope): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register(SCRIPT, { scope });
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming)
    await new Promise<void>((resolve) =>
      coming.addEventListener("statechange", () => coming.state === "activated" && resolve()));
  return registration;
}

/** Asks the person, then the browser's service; null: the person says no. One of before may be for another key. */
export async function subscribe(key: string, scope: Scope): Promise<Subscription | null> {
  if ((await Notification.requestPermission()) !== "granted") return null;
  const { pushManager } = await start_worker(scope);
  await (await pushManager.getSubscription())?.unsubscribe();
  return fields_of(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}

export async function unsubscribe(scope: Scope): Promise<void> {
  if (has_push()) await (await found(scope))?.unsubscribe();
}
