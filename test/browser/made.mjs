// SPDX-License-Identifier: Apache-2.0
// What a story needs to be there before its clicks begin, made by the API.

/** Makes by POST and gives the id. */
export async function maker(page, target) {
  const { csrf } = await (await page.request.get(target.url + "/api/v1/sessions/current")).json();
  return async (path, data) => {
    const answer = await page.request.post(target.url + "/api/v1/" + path, { headers: { "X-Muster-Csrf": csrf }, data });
    if (!answer.ok()) throw new Error(path + ": " + answer.status() + " " + (await answer.text()));
    return (await answer.json()).id;
  };
}

export const PLACE = { lat: 30.7, lon: 121.02 };
export const anybody = (count) => [{ skills: [], count }];
export const AT_ANY_HOUR = { lift: ["quiet", "duty", "cap"], reason: "story" };

/** A need of INCIDENT that is called out: for one person within the hour, unless WANTED says something else. */
export async function call_out(make, incident, wanted, wishes = {}) {
  const need = await make("incidents/" + incident + "/needs", { at: PLACE, within_minutes: 60, lines: anybody(1), target: 0.95, ...wanted });
  return { need, callout: await make("needs/" + need + "/callouts", wishes) };
}

/** A confirmed incident with a need that is called out. */
export async function called_out(make, wanted, wishes, what) {
  const incident = await make("incidents", { kind: "flood", at: PLACE, ...what });
  await make("incidents/" + incident + "/steps", { step: "confirm" });
  return { incident, ...(await call_out(make, incident, wanted, wishes)) };
}

/** The newest COUNT links that volunteers got, which are waited for: channels deliver after the
    call-out is answered. */
export async function links_of(page, target, count) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await page.request.get(target.url + "/api/v1/mailbox");
    if (!answer.ok()) throw new Error("mailbox: " + answer.status());
    const links = (await answer.json()).items.filter((one) => !one.to.startsWith("desk:")).map((one) => one.link);
    if (links.length >= count) return links.slice(0, count);
    await page.waitForTimeout(200);
  }
  throw new Error("the mailbox has no " + count + " alerts after 20 s");
}

/** Answers by the JSON form of the link, as a script of one volunteer would. */
export async function answer(request, link, body) {
  const state = await (await request.get(link, { headers: { accept: "application/json" } })).json();
  const sent = await request.post(link, { headers: { accept: "application/json" }, data: { nonce: state.nonce, ...body } });
  if (!sent.ok()) throw new Error("answer " + JSON.stringify(body) + ": " + sent.status() + " " + (await sent.text()));
  return sent.json();
}
