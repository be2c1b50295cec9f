// SPDX-License-Identifier: Apache-2.0
// What a browser runs when a notification comes (a service worker): it shows what the server
// sealed for it, and a press opens the link. One an alert: the next takes its place; what a desk is
// told, by what it is: a call for help is not hidden by what comes after it. What is over is taken away.

import { close_over, kept_of, type Kept } from "./push_over";

interface Message {
  kind: string;
  subject: string;
  text: string;
  link: string;
  urgent: boolean;
  lang: string;
}

/** What TypeScript's library for pages does not know. */
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Pushed extends Waiting {
  data: { json(): Message } | null;
}
interface Pressed extends Waiting {
  notification: Notification;
}
interface Worker {
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
  addEventListener(kind: "push", heard: (event: Pushed) => void): void;
  addEventListener(kind: "notificationclick", heard: (event: Pressed) => void): void;
}

const worker = self as unknown as Worker;

worker.addEventListener("push", (event) => {
  const message = event.data?.json();
  if (!message) return;
  const path = new URL(message.link).pathname;
  const options = {
    body: message.text,
    lang: message.lang,
    tag: message.kind.startsWith("desk_") ? path + "#" + message.kind : path,
    renotify: true,
    requireInteraction: message.urgent,
    icon: "/assets/icon.svg",
    data: { path, asks: message.urgent } as Kept,
  };
  const shown = worker.registration.showNotification(message.subject, options);
  event.waitUntil(shown.then(() => close_over(worker.registration, path, false)));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(worker.clients.openWindow(kept_of(event.notification).path));
});
