// SPDX-License-Identifier: Apache-2.0
// The stand-in's desks: where the duty room of an area is written to.
export function desks_routes({ areas, problem, changed }) {
  const desks = new Map(); // by area code
  const at = "2026-11-24T03:12:00Z", tried = (channel, state) => ({ channel, state, at });
  const tries = { root: [tried("email", "failed"), tried("file", "delivered")], "xindai-1": [tried("email", "queued")] };
  const answer_of = ({ code, name }) => ({ area: { code, name }, ...(desks.get(code) ? { email: desks.get(code) } : {}), last: tries[code] ?? [] });
  return [
    ["GET", /^desks$/, () => [200, { items: areas.filter((one) => desks.has(one.code)).map(answer_of) }]],
    ["PUT", /^desks\/([\w-]+)$/, ([code], body) => {
      if (body.email && !/^[^@\s]+@[^@\s]+$/.test(body.email)) {
        const [status, wrong] = problem(422, "Unprocessable Content", "");
        return [status, { ...wrong, errors: [{ pointer: "/email", detail: "is no e-mail address" }] }];
      }
      desks.set(code, body.email ?? "");
      changed({ id: 0 }, "desk.set");
      return [204];
    }],
    ["DELETE", /^desks\/([\w-]+)$/, ([code]) => {
      desks.delete(code);
      changed({ id: 0 }, "desk.removed");
      return [204];
    }],
  ];
}
