// SPDX-License-Identifier: Apache-2.0
// The title of the tab: what calls, in front; then where one is.
import { useEffect } from "preact/hooks";

import { t } from "./i18n";

let calling = { n: 0, sos: 0 };
let place = "";

function write(): void {
  const { n, sos } = calling;
  const where = [place, "muster"].filter(Boolean).join(" · ");
  document.title = sos ? t("calls.title_sos", { n: sos, where }) : n ? t("calls.title", { n, where }) : where;
}

/** Where one is: a view says it as long as it is shown; NAME is empty while it is not known. */
export function useTitle(name: string): void {
  useEffect(() => {
    place = name;
    write();
  });
  useEffect(
    () => () => {
      place = "";
      write();
    },
    [],
  );
}

/** N things call, of them SOS for help. */
export function useCallTitle(n: number, sos: number): void {
  useEffect(() => {
    calling = { n, sos };
    write();
  });
  useEffect(
    () => () => {
      calling = { n: 0, sos: 0 };
      write();
    },
    [],
  );
}
