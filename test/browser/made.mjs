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

export async function links_of(page, target) {
  const answer = await page.request.get(target.url + "/api/v1/mailbox");
  if (!answer.ok()) throw new Error("mailbox: " + answer.status());
  return (await answer.json()).items.map((one) => one.link);
}

/** Answers by the JSON form of the link, as a script of one volunteer would. */
export async function answer(request, link, body) {
  const state = await (await request.get(link, { headers: { accept: "application/json" } })).json();
  const sent = await request.post(link, { headers: { accept: "application/json" }, data: { nonce: state.nonce, ...body } });
  if (!sent.ok()) throw new Error("answer " + JSON.stringify(body) + ": " + sent.status() + " " + (await sent.text()));
  return sent.json();
}
