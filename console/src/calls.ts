// SPDX-License-Identifier: Apache-2.0
// What calls the duty officer who is not looking at the screen: the tab's title, a tone, and a
// word of the desktop. Tones are made here, so that they need no file and no line out.
import { useEffect, useRef, useState } from "preact/hooks";

import { t, word } from "./i18n";
import { useCallTitle } from "./title";
import type { Incident } from "./types";

/** The most urgent first. */
const KINDS = ["sos", "lost", "escalated", "reported"] as const;

/** Something that wants a hand now. The key stays the same for as long as it does. */
interface Call {
  key: string;
  kind: (typeof KINDS)[number];
  incident: Incident;
}

function calls_of(incidents: Incident[]): Call[] {
  return incidents.flatMap((incident) => {
    const calls: Call[] = (incident.alarms ?? []).map((alarm) => ({ key: "sos " + alarm.assignment + " " + alarm.at, kind: "sos", incident }));
    for (const one of incident.lost ?? []) calls.push({ key: "lost " + one.assignment, kind: "lost", incident });
    if (incident.escalated_at && (incident.missing || incident.late)) calls.push({ key: "escalated " + incident.id + " " + incident.escalated_at, kind: "escalated", incident });
    if (incident.state === "reported") calls.push({ key: "reported " + incident.id, kind: "reported", incident });
    return calls;
  });
}

/* ---- what this browser is to do ---- */
export type Means = "sound" | "desktop";
/** A tone unless it was switched off; a word of the desktop only if it was asked for. */
export function is_on(means: Means): boolean {
  const kept = localStorage.getItem("muster-" + means);
  return means === "sound" ? kept !== "off" : kept === "on" && Notification.permission === "granted";
}
export async function switch_means(means: Means, on: boolean): Promise<void> {
  localStorage.setItem("muster-" + means, on ? "on" : "off");
  if (means === "desktop" && on) await Notification.requestPermission();
}
export const has_desktop = (): boolean => "Notification" in window && window.isSecureContext;

/* ---- the tone ---- */
const NOTE_S = 0.18;
let audio: AudioContext | null = null;

/** Browsers let a page sound only after a press. */
function let_sound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}
function may_sound(): boolean {
  return audio?.state === "running";
}

/** NOTES in Hz, one after the other. */
function play(notes: number[]): void {
  if (!audio || !may_sound()) return;
  notes.forEach((hz, index) => {
    const begin = audio!.currentTime + index * NOTE_S;
    const note = new OscillatorNode(audio!, { frequency: hz });
    const loudness = new GainNode(audio!, { gain: 0 });
    loudness.gain.setTargetAtTime(0.4, begin, 0.01);
    loudness.gain.setTargetAtTime(0, begin + NOTE_S * 0.7, 0.02);
    note.connect(loudness).connect(audio!.destination);
    note.start(begin);
    note.stop(begin + NOTE_S);
  });
}
export function ring(kind: Call["kind"]): void {
  play(kind === "sos" ? [880, 660, 880, 660, 880, 660] : kind === "escalated" || kind === "lost" ? [660, 880, 660] : [660, 880]);
}

function tell_desktop(call: Call): void {
  if (!has_desktop() || !is_on("desktop") || !document.hidden) return;
  const { incident } = call;
  const body = [incident.exercise ? t("exercise.tag") : "", incident.title || word("kind", incident.kind), incident.area.name].filter(Boolean).join(" · ");
  const told = new Notification(word("call", call.kind), { body, tag: call.key, requireInteraction: call.kind === "sos" });
  told.onclick = () => window.focus();
}

const AGAIN_MS = 5000;

/** Rings for what is new, and for a call for help until somebody sees to it. Returns whether
 * the browser keeps it silent. HERE: the incident in view, whose report is no news. */
export function useCalls(incidents: Incident[] | null, here: number, answers: boolean): boolean {
  const known = useRef<Set<string> | null>(null);
  const [silent, set_silent] = useState(false);
  const calls = answers && incidents ? calls_of(incidents) : [];
  const sos = calls.filter((call) => call.kind === "sos").length;
  const keys = calls.map((call) => call.key).join("\n");
  useCallTitle(calls.length, sos);
  const sound = (kind: Call["kind"]) => {
    if (!is_on("sound")) return;
    ring(kind);
    set_silent(!may_sound());
  };
  useEffect(() => {
    /* The word goes only when the press is over: what is below it moves up, and a button
     * that moves away under the finger is not pressed. */
    const over = () => set_silent(false);
    /* Each press: a browser takes the sound away again from a page that slept. */
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, let_sound);
    for (const kind of ["click", "keyup"]) document.addEventListener(kind, over);
    return () => {
      for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, let_sound);
      for (const kind of ["click", "keyup"]) document.removeEventListener(kind, over);
    };
  }, []);
  useEffect(() => {
    if (!incidents) return;
    const before = known.current;
    known.current = new Set(calls.map((one) => one.key));
    /* What was there before this page was opened is in view; a call for help rings all the same. */
    const news = calls.filter((one) => (before ? !before.has(one.key) : one.kind === "sos") && (one.kind !== "reported" || one.incident.id !== here));
    news.forEach(tell_desktop);
    const most = KINDS.find((kind) => news.some((one) => one.kind === kind));
    if (most) sound(most);
  }, [keys, !incidents]);
  useEffect(() => {
    if (!sos) return set_silent(false);
    const timer = window.setInterval(() => sound("sos"), AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [sos]);
  return silent;
}
