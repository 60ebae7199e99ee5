'use strict';
/** Installs the npm packages of package-lock.json when they are not there as it says. Node's own modules only. */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Runs `npm ci` if need be; its output is shown only when it fails. Rejects with one sentence that holds the cure. */
async function ensurePackages(root) {
  if (missingPackage(root) === undefined) return;
  const release = await takeTurn(root);
  try {
    const missing = missingPackage(root); // another process may have installed meanwhile
    if (missing !== undefined) await npmCi(root, missing);
  } finally {
    release();
  }
}

/**
 * Why the packages must be installed, or undefined. npm writes node_modules/.package-lock.json when an install is complete, so a
 * broken-off one counts as missing, and packages added by hand with `npm install` do not lead to a second install.
 */
function missingPackage(root) {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  if (wanted === undefined) throw new Error(`package-lock.json is missing in ${root}: clone the repository again.`);
  const found = readLock(path.join(root, 'node_modules', '.package-lock.json'));
  if (found === undefined) return 'the npm packages are not installed yet';
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.optional || entry.peer || entry.link) continue; // of another platform, perhaps
    if (found[name]?.version !== entry.version)
      return `package-lock.json changed (${name.replace(/^node_modules\//, '')} ${entry.version})`;
  }
  return undefined;
}

function readLock(file) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text).packages ?? {};
}

/** Two `npm ci` at once would remove each other's files: one waits. The lock is a folder named after the clone, with the pid in it. */
async function takeTurn(root) {
  const lock = path.join(os.tmpdir(), `sluice-npm-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  const pidFile = path.join(lock, 'pid');
  for (let emptyRounds = 0; ;) {
    try {
      fs.mkdirSync(lock);
      fs.writeFileSync(pidFile, String(process.pid));
      return () => fs.rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = fs.existsSync(pidFile) ? Number(fs.readFileSync(pidFile, 'utf8')) : 0;
    emptyRounds = pid === 0 ? emptyRounds + 1 : 0; // between mkdir and the pid a holder has none
    if (pid === 0 ? emptyRounds > 20 : !isAlive(pid)) fs.rmSync(lock, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function npmCi(root, reason) {
  const started = Date.now();
  const out = process.stderr;
  const say = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const line = `Installing npm packages: ${reason} (about 150 MB the first time) ${seconds} s`;
    if (out.isTTY) out.write(`\r\x1b[K${line}`);
    else if (seconds % 15 === 0) out.write(`${line}\n`);
  };
  say();
  const timer = setInterval(say, 1000);
  return new Promise((resolve, reject) => {
    const output = [];
    // npm's own variables (npm_config_* of an outer `npm run`) are kept: they hold the user's registry and proxy.
    const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=warn', '--include=dev'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.once('error', (error) =>
      reject(new Error(`npm could not be started (${error.message}); it comes with Node: install Node anew.`)),
    );
    child.once('close', (status) => {
      if (status === 0) return resolve();
      const text = npmErrors(Buffer.concat(output).toString('utf8'));
      reject(
        new Error(
          `${text}\nnpm ci failed with status ${status}: check the network and npm's settings, then run the command again.`,
        ),
      );
    });
  }).finally(() => {
    clearInterval(timer);
    if (out.isTTY) out.write('\r\x1b[K');
    out.write(`npm packages: ${Math.round((Date.now() - started) / 1000)} s\n`);
  });
}

/** The first lines that say what went wrong: npm puts them before a page of help, and warnings before both. */
function npmErrors(output) {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) *\S/.test(line.trim()) && line.trim() !== 'npm error');
  return (errors.length > 0 ? errors.slice(0, 12) : lines.slice(-12)).join('\n');
}

module.exports = { ensurePackages, missingPackage };
