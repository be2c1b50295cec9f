// SPDX-License-Identifier: Apache-2.0
// What a browser runs when a notice comes (a service worker): it shows what the server
// sealed for it, and a press opens the link. One notice an alert: the next takes its place.

interface Notice {
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
  data: { json(): Notice } | null;
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
  const notice = event.data?.json();
  if (!notice) return;
  const path = new URL(notice.link).pathname;
  const options = {
    body: notice.text,
    lang: notice.lang,
    tag: path,
    renotify: true,
    requireInteraction: notice.urgent,
    icon: "/assets/icon.svg",
    data: path,
  };
  event.waitUntil(worker.registration.showNotification(notice.subject, options));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(worker.clients.openWindow(event.notification.data));
});
