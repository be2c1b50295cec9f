// SPDX-License-Identifier: Apache-2.0
// A disk whose power can be cut: ext4 on a loop device over nbdfuse and nbdkit, whose cache
// filter holds every block until the disk is told to flush. Killing nbdkit loses what was
// not flushed, whatever the file system thought; mounting again replays its journal.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { must, until } from "./lib.mjs";

const SIZE = 512 * 1024 * 1024;
const run = (...line) => execFileSync(line[0], line.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
const has = (tool) => ["/usr/bin", "/usr/sbin", "/sbin", "/bin"].some((folder) => existsSync(join(folder, tool)));

/** What keeps this machine from it, or null. */
export function whyNoDisk() {
    if (process.getuid() !== 0) return "root, to mount a disk";
    for (const tool of ["nbdkit", "nbdfuse", "fusermount3", "mkfs.ext4"]) if (!has(tool)) return tool;
    for (const device of ["/dev/fuse", "/dev/loop-control"]) if (!existsSync(device)) return device;
    try {
        run("unshare", "--mount", "true");
    } catch {
        return "the right to mount (a container?)";
    }
    return null;
}

export class Disk {
    /** Its image and its two mounts lie in WORK; what is to survive lies in `folder`. */
    constructor(work) {
        this.image = join(work, "image");
        this.under = join(work, "under");
        this.folder = join(work, "disk");
        this.turns = 0;
        mkdirSync(this.under);
        mkdirSync(this.folder);
        closeSync(openSync(this.image, "w"));
        truncateSync(this.image, SIZE);
        run("mkfs.ext4", "-q", "-F", this.image);
    }
    async plugIn() {
        const name = `${this.image}.${++this.turns}`;
        const [socket, ready, block] = [`${name}.socket`, `${name}.ready`, join(this.under, "block")];
        // The socket is there before anybody listens on it; READY is not.
        this.kit = start("nbdkit", "-f", "-U", socket, "-P", ready, "--filter=cache", "file", this.image, "cache=writeback");
        await until("nbdkit listens", () => runs(this.kit) && existsSync(ready));
        this.fuse = start("nbdfuse", block, `nbd+unix:///?socket=${socket}`);
        await until("nbdfuse serves", () => runs(this.fuse) && existsSync(block) && statSync(block).size === SIZE);
        run("mount", "-o", "loop", block, this.folder);
    }
    /** The power goes. Whoever has files open on the disk must be gone before `unplug`. */
    cut() {
        this.kit.kill("SIGKILL");
    }
    async unplug() {
        try {
            run("umount", this.folder);
            run("fusermount3", "-u", this.under);
        } finally {
            for (const process of [this.fuse, this.kit]) process.kill("SIGKILL");
        }
        await until("the disk is gone", () => [this.fuse, this.kit].every(gone));
    }
}

const gone = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null;

/** A process that keeps its last words. */
function start(...line) {
    const process = spawn(line[0], line.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    process.said = "";
    process.stderr.setEncoding("utf8").on("data", (text) => (process.said = (process.said + text).slice(-1000)));
    return process;
}

/** True, or the failure that it ended and what it said. */
function runs(process) {
    must(!gone(process), `${process.spawnfile} ended: ${process.said}`);
    return true;
}
