// SPDX-License-Identifier: Apache-2.0
// The stand-in's people who want to join: declined, or taken on by POST people with their id.
export function applicants_routes({ areas, now, iso, id, problem, changed }) {
  const area = ({ code, name }) => ({ code, name });
  const waiting = [
    { id: id(), received_at: iso(now() - 3 * 86400000), name: "陆想来", phone: "10000777001", area: area(areas[1]), mode: "bike", skills: ["first-aid", "nurse"] },
    { id: id(), received_at: iso(now() - 86400000), name: "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine", phone: "+86 100 0077 7002", area: area(areas[2]), mode: "foot", skills: [], known: "V1004" },
    { id: id(), received_at: iso(now() - 3600000), name: "张伟", phone: "10000777003", area: area(areas[1]), mode: "car", skills: ["boat"] },
  ];
  /** Whether they waited. */
  const end = (n, state) => {
    const at = waiting.findIndex((one) => one.id === n);
    if (at < 0) return false;
    waiting.splice(at, 1);
    changed({ id: 0 }, "applicant." + state);
    return true;
  };
  const gone = () => problem(409, "Conflict", "they wait no more: the office has decided, or 90 days are over");
  return {
    take_on: (n) => n === undefined || end(n, "accepted"),
    gone,
    routes: [
      ["GET", /^applicants$/, () => [200, { items: waiting }]],
      ["GET", /^applicants\/count$/, () => [200, { count: waiting.length }]],
      ["POST", /^applicants\/(\d+)\/decline$/, ([n]) => (end(n, "declined") ? [200, { id: n, state: "declined" }] : gone())],
    ],
  };
}
