// SPDX-License-Identifier: Apache-2.0
// A small TCP proxy in front of PostgreSQL's Unix socket that fails on demand: delay, drop (bytes
// vanish, nothing closes), reset, half-close, refuse, and a cut at COMMIT: before the server has
// it, or after the server has done it and before the client hears so.
import { connect, createServer } from "node:net";

const COMMIT = Buffer.from("COMMIT\0", "latin1"); // by itself, or at the end of a pipeline

export class Proxy {
    constructor(upstream) {
        Object.assign(this, { upstream, pairs: new Set(), delay_ms: 0, dropping: false, refusing: false, cut: null, cuts: 0 });
    }
    listen() {
        this.server = createServer((client) => this.take(client));
        return new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve((this.port = this.server.address().port))));
    }
    take(client) {
        if (this.refusing) return client.resetAndDestroy();
        const server = connect(this.upstream);
        const pair = { client, server, deaf: false };
        this.pairs.add(pair);
        const gone = () => {
            this.pairs.delete(pair);
            client.destroy();
            server.destroy();
        };
        for (const end of [client, server]) end.on("error", gone).on("close", gone);
        client.on("data", (bytes) => this.fromClient(pair, bytes));
        server.on("data", (bytes) => pair.deaf || this.pass(client, bytes));
    }
    pass(to, bytes) {
        if (this.dropping) return;
        if (this.delay_ms === 0) to.write(bytes);
        else setTimeout(() => to.destroyed || to.write(bytes), this.delay_ms);
    }
    fromClient(pair, bytes) {
        if (this.cut !== null && bytes.includes(COMMIT)) {
            const when = this.cut;
            this.cut = null;
            this.cuts++;
            if (when === "before") return pair.client.resetAndDestroy();
            // The server gets it, does it, answers; the answer never arrives.
            pair.deaf = true;
            pair.server.once("data", () => pair.client.resetAndDestroy());
        }
        this.pass(pair.server, bytes);
    }
    /** The next COMMIT of any connection. */
    cutAtCommit(when) {
        this.cut = when;
    }
    reset() {
        for (const pair of this.pairs) pair.client.resetAndDestroy();
    }
    halfClose() {
        for (const pair of this.pairs) pair.client.end();
    }
    close() {
        this.reset();
        this.server.close();
    }
}
