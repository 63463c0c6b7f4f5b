import { spawn } from 'node:child_process';

/**
 * Runs a program to its end. A failure carries what it said.
 *
 * @param {string} command @param {string[]} args @param {string} cwd
 * @param {{ env?: Record<string, string | undefined>, timeoutMs?: number }} [options]
 * @returns {Promise<string>} its output
 */
export function runProgram(command, args, cwd, { env: more = {}, timeoutMs = 600_000 } = {}) {
  return new Promise((done, refuse) => {
    const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', npm_config_update_notifier: 'false' };
    // What npm passes to its scripts must not steer the npm that installs into an empty project.
    for (const name of Object.keys(env))
      if (/^npm_(config_|package_|lifecycle_)/.test(name) && !/registry|cache|userconfig/.test(name)) delete env[name];
    const child = spawn(command, args, { cwd, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('error', refuse);
    child.on('close', (status) => {
      clearTimeout(timer);
      if (status === 0) done(output);
      else refuse(new Error(`${command} ${args.join(' ')} gave ${status}:\n${output}`));
    });
  });
}
