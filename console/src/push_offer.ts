// SPDX-License-Identifier: Apache-2.0
// Notifications on this telephone, on a person's own page: shown where the browser has them, and
// asked for when the button is pressed, never before.

type State = "off" | "here" | "elsewhere" | "denied" | "failed";

const SCRIPT = "/assets/push.js";
const SCOPE = { scope: "/assets/" };

function show(section: HTMLElement, state: State): void {
  section.hidden = false;
  for (const part of section.querySelectorAll<HTMLElement>("[data-when]"))
    part.hidden = !part.dataset.when!.split(" ").includes(state);
}

async function state_of(point: string): Promise<State> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE.scope);
  const found = await registration?.pushManager.getSubscription();
  if (found && found.toJSON().keys?.p256dh === point) return "here";
  if (Notification.permission === "denied") return "denied";
  return point ? "elsewhere" : "off";
}

/** The worker that shows notifications, running: before, nothing can be subscribed. */
async function start_worker(): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register(SCRIPT, SCOPE);
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && coming)
    await new Promise<void>((resolve) =>
      coming.addEventListener("statechange", () => coming.state === "activated" && resolve()));
  return registration;
}

/** Asks the person, then the browser's service. One of before may be for another key. */
async function subscribe(key: string): Promise<PushSubscriptionJSON | null> {
  if ((await Notification.requestPermission()) !== "granted") return null;
  const { pushManager } = await start_worker();
  await (await pushManager.getSubscription())?.unsubscribe();
  return (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
}

function fill(form: HTMLFormElement, given: PushSubscriptionJSON): void {
  const values = { push_endpoint: given.endpoint, push_p256dh: given.keys?.p256dh, push_auth: given.keys?.auth };
  for (const [name, value] of Object.entries(values))
    form.querySelector<HTMLInputElement>(`input[name=${name}]`)!.value = value ?? "";
}

export function offer_push(): void {
  const section = document.querySelector<HTMLElement>("section[data-push]");
  if (!section || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const { push, point } = section.dataset;
  const form = section.querySelector<HTMLInputElement>("input[name=push_endpoint]")!.form!;
  state_of(point!).then((state) => show(section, state), () => undefined);
  form.querySelector("button")!.addEventListener("click", (event) => {
    event.preventDefault();
    subscribe(push!).then(
      (given) => {
        if (!given) return show(section, "denied");
        fill(form, given);
        if (form.requestSubmit) form.requestSubmit();
        else form.submit();
      },
      () => show(section, "failed"),
    );
  });
}
