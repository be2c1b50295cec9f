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
