// SPDX-License-Identifier: Apache-2.0
// What the volunteer's page gains with JavaScript; it works without. `seen` is posted
// after one second in view; the position goes along with an answer only if the person
// ticks the box.

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
    fetch("/r/" + token, {
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

function offer_position(): void {
  if (!("geolocation" in navigator)) return;
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
      navigator.geolocation.getCurrentPosition(
        (at) => {
          field.value = at.coords.latitude.toFixed(6) + "," + at.coords.longitude.toFixed(6);
          field.disabled = false;
        },
        () => {
          box.checked = false;
        },
        { maximumAge: 30000, timeout: 10000 },
      );
    });
  }
}

// One form is sent once: a second tap on a slow line must not ask again.
function send_once(): void {
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
  });
}

const { token, nonce, seen, refresh } = document.body.dataset;
if (token && nonce && seen !== undefined) post_seen(token, nonce);
offer_position();
send_once();
if (refresh)
  window.setInterval(() => {
    if (document.visibilityState === "visible") window.location.reload();
  }, Number(refresh) * 1000);
