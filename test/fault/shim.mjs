// SPDX-License-Identifier: Apache-2.0
// Builds test/fault/shim.c and steers it: failing operations, a wall clock that is off, and power cuts. A power cut undoes
// what was written, truncated or renamed since the last sync of the file (of the folder, for a
// name), and then keeps everything, nothing, a beginning or any of it, some of it torn.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

const library = "build/fault/shim.so";
export const kinds = { write: 0, sync: 1, memory: 2 };
export const errors = { EIO: 5, ENOSPC: 28 };

/** Null when there is no compiler; says so. */
export function buildShim() {
    try {
        mkdirSync(dirname(library), { recursive: true });
        execFileSync("cc", ["-std=c17", "-O2", "-Wall", "-fPIC", "-shared", "-fno-builtin-malloc", "-o", library, "test/fault/shim.c", "-ldl"], { stdio: ["ignore", "inherit", "inherit"] });
        return join(process.cwd(), library);
    } catch (error) {
        if (error.code !== "ENOENT") throw error;
        console.log("absent: a C compiler for test/fault/shim.c");
        return null;
    }
}

export class Faults {
    constructor(work) {
        this.path = join(work, "control");
        writeFileSync(this.path, Buffer.alloc(4096));
    }
    environment(shim, under) {
        return { LD_PRELOAD: shim, FAULT_CONTROL: this.path, FAULT_UNDER: under };
    }
    #number(offset, value) {
        const fd = openSync(this.path, "r+");
        const bytes = Buffer.alloc(8);
        if (value === undefined) readSync(fd, bytes, 0, 8, offset);
        else {
            bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
            writeSync(fd, bytes, 0, 8, offset);
        }
        closeSync(fd);
        return Number(bytes.readBigUInt64LE());
    }
    count(kind) {
        return this.#number(8 * kinds[kind]);
    }
    /** The N-th operation from now fails, once. */
    arm(kind, n, error = "EIO") {
        this.#number(48, errors[error]);
        this.#number(24 + 8 * kinds[kind], this.count(kind) + n);
    }
    setClock(seconds) {
        this.#number(56, seconds);
    }
    disarm() {
        for (const kind of Object.values(kinds)) this.#number(24 + 8 * kind, 0);
    }
    /** Whether what was armed has happened. */
    hasFailed(kind) {
        return this.count(kind) >= this.#number(24 + 8 * kinds[kind]);
    }
}

function* records(path) {
    const all = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    for (let at = 0; at + 32 <= all.length; ) {
        const type = all.readUInt32LE(at);
        const pathSize = all.readUInt32LE(at + 4);
        const oldSize = all.readUInt32LE(at + 24);
        const newSize = all.readUInt32LE(at + 28);
        const begin = at + 32;
        const end = begin + pathSize + oldSize + newSize;
        if (end > all.length) return; // the process died while it wrote this; nothing happened yet
        const part = (from, size) => all.subarray(from, from + size);
        yield {
            type,
            path: part(begin, pathSize).toString(),
            offset: Number(all.readBigInt64LE(at + 8)),
            sizeBefore: Number(all.readBigInt64LE(at + 16)),
            old: part(begin + pathSize, oldSize),
            new: part(begin + pathSize + oldSize, newSize),
        };
        at = end;
    }
}

const WRITE = 1, TRUNCATE = 2, SYNC = 3, RENAME = 4;

function withFile(path, call) {
    const fd = openSync(path, existsSync(path) ? "r+" : "w+");
    call(fd);
    closeSync(fd);
}
function undo(change) {
    withFile(change.path, (fd) => {
        if (change.old.length > 0) writeSync(fd, change.old, 0, change.old.length, change.offset);
        ftruncateSync(fd, change.sizeBefore);
    });
}
function redo(change, size) {
    if (change.type === TRUNCATE) truncateSync(change.path, change.offset);
    else withFile(change.path, (fd) => writeSync(fd, change.new, 0, size, change.offset));
}

/** The power goes: what is left of the files that JOURNAL tells of. Counts what was lost. */
export function cutPower(journal, random) {
    const files = new Map(); // path -> changes since its last sync
    const names = new Map(); // folder -> renames since its last sync
    for (const record of records(journal)) {
        if (record.type === SYNC) {
            files.delete(record.path);
            names.delete(record.path);
        } else if (record.type === RENAME) {
            const to = record.new.toString();
            if (files.has(record.path)) files.set(to, files.get(record.path).map((change) => ({ ...change, path: to })));
            else files.delete(to);
            files.delete(record.path);
            const folder = dirname(to);
            names.set(folder, [...(names.get(folder) ?? []), record]);
        } else files.set(record.path, [...(files.get(record.path) ?? []), record]);
    }
    const counts = { lost: 0, torn: 0, kept: 0, names: 0 };
    for (const [path, changes] of files) {
        if (!existsSync(path)) continue;
        for (const change of [...changes].reverse()) undo(change);
        const how = Math.floor(random() * 4);
        const until = Math.floor(random() * (changes.length + 1));
        changes.forEach((change, i) => {
            const kept = how === 0 || (how === 1 && i < until) || (how === 2 && random() < 0.5);
            const torn = !kept && how !== 3 && change.new.length > 1 && random() < 0.25;
            counts[kept ? "kept" : torn ? "torn" : "lost"]++;
            if (kept) redo(change, change.new.length);
            else if (torn) redo(change, 1 + Math.floor(random() * (change.new.length - 1)));
        });
    }
    for (const list of names.values())
        for (const name of [...list].reverse()) {
            const to = name.new.toString();
            if (random() < 0.5 || !existsSync(to)) continue;
            counts.names++;
            renameSync(to, name.path);
            if (name.sizeBefore >= 0) writeFileSync(to, name.old);
        }
    rmSync(journal, { force: true });
    return counts;
}

/** The index of the log is memory: it does not outlive a power cut. */
export function dropIndex(dir) {
    for (const name of ["muster.db-shm"]) if (existsSync(join(dir, name))) unlinkSync(join(dir, name));
}
