// SPDX-License-Identifier: Apache-2.0
// What the volunteer's page gains with JavaScript; it works without. `seen` is posted
// after one second in view; the position goes along with an answer only if the person
// ticks the box.

import { close_seen, offer_push } from "./push_offer";
import { keep_report } from "./report_draft";

/** A line that has died in silence would keep a request, and with it one of the few connections
 * that a browser has for a server, for many minutes. */
const PATIENCE_MS = 5000; // a new connection over 2G takes less
function ask(url: string, how: RequestInit = {}): Promise<Response> {
  if (!("AbortController" in window)) return fetch(url, how);
  const stop = new AbortController();
  window.setTimeout(() => stop.abort(), PATIENCE_MS);
  return fetch(url, { ...how, signal: stop.signal });
}

function post_seen(token: string, nonce: string): void {
  let visible_since = 0;
  const timer = window.setInterval(() => {
    if (document.visibilityState !== "visible") {
      visible_since = 0;
      return;
    }
    visible_since ||= Date.now();
    if (Date.now() - visible_since < 1000) return;
    window.clearInterval(timer);
    ask("/r/" + token, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ nonce, answer: "seen" }),
      keepalive: true,
    })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((now: { nonce?: string } | null) => {
        if (!now?.nonce) return;
        for (const input of document.querySelectorAll<HTMLInputElement>("input[name=nonce]"))
          input.value = now.nonce;
      })
      .catch(() => undefined);
  }, 250);
}

/** "30.700000,121.020000", where the telephone is. */
function locate(found: (at: string) => void, failed: () => void): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found(coords.latitude.toFixed(6) + "," + coords.longitude.toFixed(6)),
    failed,
    { maximumAge: 30000, timeout: 10000 },
  );
}

/** Who comes from where they are now says so; until that is known it counts as the usual
 * place. */
function offer_here(): void {
  for (const choice of document.querySelectorAll<HTMLSelectElement>("select[data-here]")) {
    const here = new Option(choice.dataset.here, "");
    choice.add(here, 1);
    choice.addEventListener("change", () => {
      if (choice.selectedOptions[0] !== here) return;
      locate((at) => (here.value = at), () => (choice.selectedIndex = 0));
    });
  }
}

function offer_position(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>("input[data-share]")) {
    const label = box.closest<HTMLElement>("label");
    const field = box.form?.querySelector<HTMLInputElement>("input[name=position]");
    if (!label || !field) continue;
    label.hidden = false;
    box.addEventListener("change", () => {
      if (!box.checked) {
        field.disabled = true;
        return;
      }
      locate((at) => {
        field.value = at;
        field.disabled = false;
      }, () => (box.checked = false));
    });
  }
}

/** A word beside the buttons that were pressed. */
function say(form: HTMLFormElement, text: string | undefined): void {
  const said = form.querySelector<HTMLElement>(".sending") ?? document.createElement("p");
  said.className = "notice sending";
  said.setAttribute("role", "status");
  said.textContent = text ?? "";
  said.hidden = !text;
  form.prepend(said);
}

/** A certificate goes on paper, or into a file. */
function offer_print(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

const SLOW_MS = 3000;
const UNANSWERED_MS = 15000;

/** Whether the server is heard at all; what it answers is for the browser to show. Asked three times: the
 * page came over two connections, and both may have died. What the browser holds of the line says nothing: without
 * a cable it is "offline", and the server is on the same machine. */
function is_heard(times = 3): Promise<boolean> {
  return ask("/healthz", { cache: "no-store" }).then(
    (answer) => ![502, 503, 504].includes(answer.status),
    () => times > 1 && is_heard(times - 1),
  );
}

// One form is sent once: a second tap on a slow line must not ask again. A server that is
// not heard is not sent to at all, which the browser would show as a page of its own. What
// gets no answer may be sent again: it bears the same nonce and counts once.
function send_once(): void {
  const { offline, slow, unanswered } = document.body.dataset;
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent === "now") return;
      event.preventDefault();
      if (form.dataset.sent) return;
      form.dataset.sent = "asked";
      say(form, undefined);
      window.setTimeout(() => form.dataset.sent && say(form, slow), SLOW_MS);
      is_heard().then((heard) => {
        if (!heard) {
          delete form.dataset.sent;
          return say(form, offline);
        }
        form.dataset.sent = "now";
        form.requestSubmit(event.submitter);
        form.dataset.sent = "asked";
        window.setTimeout(() => {
          if (!form.dataset.sent) return; // the page was left, and is back
          delete form.dataset.sent;
          say(form, unanswered);
        }, UNANSWERED_MS);
      });
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form")) {
      delete form.dataset.sent;
      say(form, undefined);
    }
  });
}

const LOOK_MS = 20000;

/** Who is asked sees that nobody is wanted any more, who is on the way a stand-down, and who
 * called for help that it was seen, without pressing anything, also on a page that was left
 * open: it is loaded anew when its state is another one. Not by reload(), which would send
 * the form again whose answer this page may be. */
function follow(token: string, shown: string): void {
  const look = () => {
    if (document.visibilityState !== "visible") return;
    ask("/r/" + token, { headers: { accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((now: { state?: string; sos?: boolean } | null) => {
        if (now?.state && now.state + (now.sos ? " sos" : "") !== shown) window.location.replace("/r/" + token);
      })
      .catch(() => undefined);
  };
  window.setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", (event) => event.persisted && look());
}

const { token, nonce, seen, refresh, state } = document.body.dataset;
if (token && nonce && seen !== undefined) post_seen(token, nonce);
if ("geolocation" in navigator) {
  offer_here();
  offer_position();
}
if ("requestSubmit" in HTMLFormElement.prototype && "SubmitEvent" in window) send_once();
offer_push();
close_seen();
offer_print();
if (token) keep_report(token);
if (token && state) follow(token, state);
if (refresh)
  window.setInterval(() => {
    if (document.visibilityState === "visible") is_heard().then((heard) => heard && window.location.reload());
  }, Number(refresh) * 1000);
