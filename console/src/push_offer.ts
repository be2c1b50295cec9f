// SPDX-License-Identifier: Apache-2.0
// Notifications on this telephone, on a person's own page: shown where the browser has them, and
// asked for when the button is pressed, never before.
import { has_push, OWN, registered, subscribe, subscribed, type Subscription } from "./push_browser";
import { close_over } from "./push_over";

type State = "off" | "here" | "elsewhere" | "denied" | "failed";

function show(section: HTMLElement, state: State): void {
  section.hidden = false;
  for (const part of section.querySelectorAll<HTMLElement>("[data-when]"))
    part.hidden = !part.dataset.when!.split(" ").includes(state);
}

async function state_of(point: string): Promise<State> {
  if ((await subscribed(OWN))?.push_p256dh === point) return "here";
  if (Notification.permission === "denied") return "denied";
  return point ? "elsewhere" : "off";
}

function fill(form: HTMLFormElement, given: Subscription): void {
  for (const [name, value] of Object.entries(given)) form.querySelector<HTMLInputElement>(`input[name=${name}]`)!.value = value;
}

/** Whoever sees the page needs its notification no more. */
export function close_seen(): void {
  if (!has_push()) return;
  registered(OWN)
    .then((worker) => worker && close_over(worker, window.location.pathname, true))
    .catch(() => undefined);
}

export function offer_push(): void {
  const section = document.querySelector<HTMLElement>("section[data-push]");
  if (!section || !has_push()) return;
  const { push, point } = section.dataset;
  const form = section.querySelector<HTMLInputElement>("input[name=push_endpoint]")!.form!;
  state_of(point!).then((state) => show(section, state), () => undefined);
  form.querySelector("button")!.addEventListener("click", (event) => {
    event.preventDefault();
    subscribe(push!, OWN).then(
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
