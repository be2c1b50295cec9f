// SPDX-License-Identifier: Apache-2.0
import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { forget, is_problem, type Problem } from "./api";
import { on_change, type Subject } from "./live";

export function problem_from(error: unknown): Problem {
  return is_problem(error) ? error : { title: String(error), status: -1 };
}

export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  reload: () => Promise<void>; // ends when what it loaded, or something newer, is in view
}

/** What could not be read because the line was down is read once the server is heard again. */
export function useHeardAgain(problem: Problem | null, reload: () => void): void {
  const is_down = problem?.status === 0;
  useEffect(() => (is_down ? on_change((changed) => changed === null && reload()) : undefined), [is_down]);
}

const HUNG_MS = 10000; // a load that takes longer holds up no other
const REST_SHARE = 5, REST_MS = 3000; // so many times as long as the last one took, and no longer: what is busy is asked less often

/** Loads by LOAD, again when KEY changes, when something of SUBJECT changes (undefined =
 * never, null = anything; one load at a time, and one in EVERY_MS), and on reload(). Old data stays in view while it loads;
 * of answers that overtake each other the newest stays. */
export function useLoaded<T>(load: () => Promise<T>, key: string, subject?: Subject | null, every_ms = 0): Loaded<T> {
  const [data, set_data] = useState<T | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const asked = useRef(0), shown = useRef(0); // the last number given out; the newest in view
  const latest = useRef(load);
  latest.current = load;
  const reload = useCallback(() => {
    const mine = ++asked.current;
    const newest = (): boolean => {
      if (mine <= shown.current) return false;
      shown.current = mine;
      return true;
    };
    return latest.current().then(
      (value) => {
        if (!newest()) return;
        set_data(value);
        set_problem(null);
      },
      (error) => {
        if (newest()) set_problem(problem_from(error));
      },
    );
  }, []);
  useEffect(() => {
    set_data(null);
    set_problem(null);
    reload();
    return () => void (shown.current = asked.current);
  }, [key]);
  useEffect(() => {
    if (subject === undefined) return;
    let since = 0, again = false, over = false; // since when one is under way; 0 = none
    let begun = 0, took = 0, timer = 0; // the last one; the next one waits
    const follow = () => {
      again = since !== 0 && Date.now() - since < HUNG_MS;
      if (again) return;
      const mine = (since = begun = Date.now());
      reload().finally(() => {
        took = Date.now() - mine;
        if (mine !== since) return;
        since = 0;
        if (again && !over) in_turn();
      });
    };
    const in_turn = () => {
      const wait = begun + Math.max(every_ms, Math.min(REST_SHARE * took, REST_MS)) - Date.now();
      if (wait <= 0) return follow();
      timer ||= window.setTimeout(() => {
        timer = 0;
        follow();
      }, wait);
    };
    const stop = on_change((changed) => {
      if (changed === null || subject === null || changed.has(subject)) in_turn();
    });
    return () => {
      over = true;
      window.clearTimeout(timer);
      stop();
    };
  }, [subject]);
  useHeardAgain(subject === undefined ? problem : null, reload);
  return { data, problem, reload };
}

/** Runs one request at a time; keeps its problem. SEEN is what tells whether it was done: when
 * it changes, or the button is gone, an attempt without an answer is over, its trouble too. */
export function useAction(seen?: unknown): { busy: boolean; problem: Problem | null; run: (work: () => Promise<void>) => void; clear: () => void } {
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem | null>(null);
  const alive = useRef(true);
  useEffect(() => {
    alive.current = true;
    return () => void (alive.current = false);
  }, []);
  const round = useRef(0), attempts = useRef<string[]>([]);
  useEffect(
    () => () => {
      round.current++;
      attempts.current.splice(0).forEach(forget);
      set_problem((old) => (old?.attempt ? null : old));
    },
    [seen],
  );
  const run = useCallback((work: () => Promise<void>) => {
    const mine = round.current;
    const failed = (error: unknown): void => {
      const problem = problem_from(error);
      const { attempt } = problem, over = mine !== round.current;
      if (attempt && over) forget(attempt);
      else if (attempt) attempts.current.push(attempt);
      if (alive.current && !(attempt && over)) set_problem(problem);
    };
    set_busy(true);
    set_problem(null);
    work()
      .catch(failed)
      .finally(() => alive.current && set_busy(false));
  }, []);
  return { busy, problem, run, clear: () => set_problem(null) };
}

/** Now, once a second, on the server's clock: OFFSET_MS is server minus own. */
export function useNow(offset_ms: number): number {
  const [now, set_now] = useState(Date.now() + offset_ms);
  useEffect(() => {
    const timer = window.setInterval(() => set_now(Date.now() + offset_ms), 1000);
    return () => window.clearInterval(timer);
  }, [offset_ms]);
  return now;
}

const SAID_MS = 5000; // a sentence read aloud is heard to its end

/** TEXT as it is read aloud: of what changes quickly the last word, now and then. */
export function useSaid(text: string): string {
  const [said, say] = useState(text);
  const at = useRef(0);
  useEffect(() => {
    if (text === said) return;
    const timer = window.setTimeout(() => {
      at.current = Date.now();
      say(text);
    }, Math.max(0, at.current + SAID_MS - Date.now()));
    return () => window.clearTimeout(timer);
  }, [text]);
  return said;
}

/** The system asks for less motion. */
export function is_still(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Scrolls there, at once where nothing is to move; a missing element is none. */
export function bring_into_view(element: Element | null | undefined, block: ScrollLogicalPosition = "center"): void {
  element?.scrollIntoView({ block, behavior: is_still() ? "auto" : "smooth" });
}

function scroll_by(element: Element, by: number): void {
  for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
    if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) return void (at.scrollTop += by);
  window.scrollBy(0, by);
}
/** What has the keyboard inside ROOT, a box just ticked or a slider in the hand, stays where it is on the screen, whatever a render
 * puts above it or takes away there. Called by the component that is rendered. */
export function useStill(root: RefObject<HTMLElement>): void {
  const active = document.activeElement;
  const top = active && root.current?.contains(active) ? active.getBoundingClientRect().top : -1;
  const is_seen = top >= 0 && top < window.innerHeight;
  useLayoutEffect(() => {
    if (!is_seen || !active?.isConnected) return;
    const moved = active.getBoundingClientRect().top - top;
    if (moved) scroll_by(active, moved);
  });
}

/** Every one of KEYS that there ever was, in order of their coming. */
export function useEver(keys: string[]): string[] {
  const ever = useRef(new Set<string>());
  for (const key of keys) ever.current.add(key);
  return [...ever.current];
}

const POINTED_MS = 3000; // the pointer may be left lying there
/** Somebody types in LIST, or is asked something: a field that is moved loses the keyboard and half a word, a dialog its place above the page. */
function is_in_use(list: HTMLElement | null): boolean {
  return !!list?.querySelector("dialog[open], input:focus, select:focus, textarea:focus");
}
/** ITEMS in their order, but for who points at them just now, or types in them: what is pressed is what was seen, and what is
 * new comes last. LIST is the element around them, which tells POINTING and LEFT. */
export function useSteady<Item extends { id: number }>(items: Item[]): { steady: Item[]; list: RefObject<HTMLUListElement>; pointing: () => void; left: () => void } {
  const [held, set_held] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const timer = useRef(0), places = useRef(new Map<number, number>());
  const left = useCallback(() => {
    window.clearTimeout(timer.current);
    set_held(false);
  }, []);
  const pointing = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(left, POINTED_MS);
    set_held(true);
  }, []);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const place = (one: Item) => places.current.get(one.id) ?? places.current.size;
  const steady = held || is_in_use(list.current) ? [...items].sort((a, b) => place(a) - place(b)) : items;
  places.current = new Map(steady.map((one, i) => [one.id, i]));
  return { steady, list, pointing, left };
}

/** As `ref` of the field that a press has just brought into view. */
export function focus_on(field: HTMLElement | null): void {
  field?.focus();
}

/** After a press whose button goes away with what it did: the keyboard goes on at what FIND
 * finds, unless it has a place. */
export function go_on_at(find: () => Element | null | undefined): void {
  window.setTimeout(() => {
    const element = find();
    if (document.activeElement === document.body && element instanceof HTMLElement) element.focus();
  });
}

/** True 300 ms after mounting: a skeleton that would only flash is not shown. */
export function useLate(ms = 300): boolean {
  const [late, set_late] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => set_late(true), ms);
    return () => window.clearTimeout(timer);
  }, []);
  return late;
}
