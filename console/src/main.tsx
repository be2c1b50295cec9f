// SPDX-License-Identifier: Apache-2.0
import { render } from "preact";
render(<p>muster</p>, document.getElementById("app")!);
