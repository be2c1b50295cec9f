// SPDX-License-Identifier: Apache-2.0
// Requests to /api/v1. A failure is a Problem (RFC 9457), also when the line is down.
import { name_root } from "./areas";
import { note_date } from "./clock";
import type { Id, Session } from "./types";

/** A wrong field of the body; of a file, a wrong line of it. */
export interface Wrong {
  pointer: string;
  detail: string;
  line?: number;
  column?: number;
  field?: string;
}
export interface Problem {
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: Wrong[];
  lines_wrong?: number; // of a file: how many, named or not
  errors_total?: number; // of a file: on one line there may be several
  allowed?: string[];
  wait_s?: number; // too fast: from when on it is taken
  attempt?: string; // of a step that may or may not have been carried out: it still has its key
}

const CSRF = "X-Muster-Csrf";
let session: Session | null = null;
let on_signed_out: () => void = () => undefined;
let on_other: (session: Session) => void = () => undefined;

export function use_session(next: Session | null): void {
  session = next;
}
export function when_signed_out(call: () => void): void {
  on_signed_out = call;
}
/** MINE: the session when it was asked; an answer from before a sign-in says nothing of the one that is now. */
function refused(mine: Session | null): void {
  if (mine === session) on_signed_out();
}
/** Tabs of a browser have one session: whoever signs in in one tells the others. */
const tabs = new BroadcastChannel("muster-session");
export async function sign_in(account: string, password: string): Promise<Session> {
  const next = await post<Session>("sessions", { account, password });
  tabs.postMessage("signed in");
  return next;
}
export function on_sign_in_elsewhere(call: () => void): () => void {
  tabs.addEventListener("message", call);
  return () => tabs.removeEventListener("message", call);
}
/** Another account has signed in, in another tab: from now on the server takes this one for it. */
export function when_other(call: (session: Session) => void): void {
  on_other = call;
}

export function is_problem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "status" in value && "title" in value;
}

/** Most answers name no root: those are read by the browser alone, which is faster. */
async function read_json<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return JSON.parse(text, text.includes('"root"') ? name_root : undefined) as T;
}

async function problem_of(answer: Response): Promise<Problem> {
  try {
    const body: unknown = await answer.json();
    const wait_s = Number(answer.headers.get("retry-after"));
    if (is_problem(body)) return wait_s ? { ...body, wait_s } : body;
  } catch {
    // Not JSON: the status says what there is to say.
  }
  return { title: answer.statusText || "HTTP " + answer.status, status: answer.status };
}

/** Answers that leave it open whether something was stored (docs/nodes.md). */
const UNSURE = new Set([502, 503, 504]);
/** Answers that say nothing of what was sent before with the same key. */
const UNTRIED = new Set([401, 403, 429]);
/** Keys of requests that got no answer, or such a one: sent again, they have one effect all the same. What makes
 * something new keeps its key until it is answered. A step keeps it while its button shows the trouble: pressed
 * again then, it is the same act; after the trouble it is another one, which must not pass for the first (useAction). */
const unanswered = new Map<string, string>();
const MAKES = /^[a-z]+$|\/needs$/;

/** The next such press is another act. */
export function forget(attempt: string): void {
  unanswered.delete(attempt);
}

/** The token is of a session that was, before somebody signed in in another tab. */
async function is_stale(answer: Response): Promise<boolean> {
  return !!(await problem_of(answer.clone())).detail?.includes(CSRF);
}
/** Takes the token of the session as it is now; false if that is another account's. */
export async function renew(): Promise<boolean> {
  const now = await get<Session>("sessions/current");
  if (now.account !== session?.account) {
    on_other(now);
    return false;
  }
  session = now;
  return true;
}

function new_key(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A line that has died in silence would keep a request waiting for many minutes: what gets no answer in this
 * time gets none. What computes or is long on its way is waited for. */
const ANSWER_MS = 30000, LIST_MS = 60000;
const TAKES_LONG = /^(drills|people\/imports|coverage)/;

/** The whole answer within its time, or "offline"; STOP ends it earlier, as an abort. */
async function whole(method: string, path: string, how: RequestInit, stop?: AbortSignal): Promise<Response> {
  const end = new AbortController();
  const over = (): void => end.abort();
  const timer = TAKES_LONG.test(path) ? 0 : window.setTimeout(over, method === "GET" ? LIST_MS : ANSWER_MS);
  stop?.addEventListener("abort", over);
  const asked_ms = Date.now();
  try {
    const answer = await fetch("/api/v1/" + path, { ...how, method, signal: end.signal, credentials: "same-origin" });
    note_date(answer.headers.get("date"), asked_ms);
    const body = await answer.arrayBuffer();
    return new Response(body.byteLength ? body : null, answer);
  } catch (error) {
    throw stop?.aborted ? error : ({ title: "offline", status: 0 } satisfies Problem);
  } finally {
    window.clearTimeout(timer);
    stop?.removeEventListener("abort", over);
  }
}

/** BODY goes as JSON, a Blob as it is: a file needs no key, sent twice it changes nothing more. */
async function answer_to(method: string, path: string, body?: unknown, signal?: AbortSignal, more?: Record<string, string>): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...more };
  const file = body instanceof Blob ? body : null;
  if (body !== undefined) headers["content-type"] = file ? file.type : "application/json";
  const same = method + path + JSON.stringify(body);
  const key = unanswered.get(same) ?? new_key();
  const has_key = method === "POST" && !file;
  if (has_key) headers["Idempotency-Key"] = key;
  const unsure = (problem: Problem): Problem => {
    if (!has_key) return problem;
    unanswered.set(same, key);
    return MAKES.test(path) ? problem : { ...problem, attempt: same };
  };
  let mine = session;
  const send = (): Promise<Response> => {
    mine = session;
    if (method !== "GET") headers[CSRF] = session?.csrf ?? "";
    return whole(method, path, { headers, body: file ?? (body === undefined ? undefined : JSON.stringify(body)) }, signal).catch((error: unknown) => {
      throw is_problem(error) ? unsure(error) : error;
    });
  };
  let answer = await send();
  if (answer.status === 403 && (await is_stale(answer)) && (await renew())) answer = await send();
  if (answer.ok) {
    unanswered.delete(same);
    return answer;
  }
  const problem = await problem_of(answer);
  if (UNSURE.has(answer.status)) throw unsure(problem);
  if (!UNTRIED.has(answer.status)) unanswered.delete(same);
  if (answer.status === 401 && path !== "sessions") refused(mine);
  throw problem;
}

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await answer_to(method, path, body, signal);
  return answer.status === 204 ? (undefined as T) : read_json<T>(answer);
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>("GET", path, undefined, signal);
}
export function post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return request<T>("POST", path, body, signal);
}
/** What was read, and its ETag: a change is bound to it. */
export interface Tagged<T> {
  value: T;
  tag: string;
}
export async function get_tagged<T>(path: string): Promise<Tagged<T>> {
  const answer = await answer_to("GET", path);
  return { value: await read_json<T>(answer), tag: answer.headers.get("etag") ?? "" };
}
/** 412 if somebody has changed it since TAG was read. */
export async function patch<T>(path: string, body: unknown, tag: string): Promise<T> {
  return read_json<T>(await answer_to("PATCH", path, body, undefined, { "If-Match": tag }));
}
/** All of it anew. */
export function put(path: string, body: unknown): Promise<void> {
  return request<void>("PUT", path, body);
}
export function del(path: string): Promise<void> {
  return request<void>("DELETE", path);
}

/** Of a list that only grows: its whole pages, and where the next one begins. */
export interface Held<T> {
  items: T[];
  next: string;
}

function next_of(answer: Response): string | null {
  return /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1] ?? null;
}

/** What of a list was found so far, and whether there may be more. */
export interface Found<T> {
  items: T[];
  more: boolean;
}
/** Page after page of a list, each told to SHOW, until there are MOST or there is no more: a page may
 * be short, its `next` leads on. A BODY is posted. */
export async function find_some<T>(path: string, body: unknown, most: number, show: (found: Found<T>) => void, signal?: AbortSignal): Promise<void> {
  const items: T[] = [];
  for (let next: string | null = "/api/v1/" + path; next && items.length < most; ) {
    const answer: Response = await answer_to(body === undefined ? "GET" : "POST", next.replace("/api/v1/", ""), body, signal);
    items.push(...(await read_json<{ items: T[] }>(answer)).items);
    next = next_of(answer);
    show({ items: items.slice(0, most), more: next !== null || items.length > most });
  }
}

/** One page of a list at URL, and where the next one is. */
async function page_at<P>(url: string): Promise<{ page: P; next: string | null }> {
  const answer = await answer_to("GET", url.replace("/api/v1/", ""));
  return { page: await read_json<P>(answer), next: next_of(answer) };
}

/** Every item of a paged list, up to LIMIT: follows RFC 8288 `next` links. What is HELD is not asked for again. */
export async function get_all<T>(path: string, limit = 5000, held: Held<T> = { items: [], next: "/api/v1/" + path }): Promise<T[]> {
  const items = [...held.items];
  for (let at: string | null = held.next; at && items.length < limit; ) {
    const { page, next }: { page: { items: T[] }; next: string | null } = await page_at(at);
    items.push(...page.items);
    at = next;
    if (next) Object.assign(held, { items: [...items], next });
  }
  return items;
}

/** What is known of a list whose items change, and as of which position of the events. */
export interface Known<T> {
  items: Map<Id, T>;
  position: number;
}
interface Changes<T> {
  items: T[];
  position: number;
  whole: boolean; // or only what has changed
}
/** The list at PATH as it is now, up to LIMIT: what is KNOWN is not asked for again while it has not changed. */
export async function get_changed<T extends { id: Id }>(path: string, limit: number, known: Known<T>): Promise<T[]> {
  const since = known.position;
  const { page, next } = await page_at<Changes<T>>("/api/v1/" + path + "&since=" + since);
  const items = page.whole ? await get_all<T>(path, limit, { items: page.items, next: next ?? "" }) : page.items;
  const overtaken = known.position < since || page.position < known.position; // by another answer
  if (!page.whole && overtaken) return [...known.items.values()];
  if (page.whole) known.items = new Map();
  for (const one of items) known.items.set(one.id, one);
  known.position = page.position;
  return [...known.items.values()];
}
