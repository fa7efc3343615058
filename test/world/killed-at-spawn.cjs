/**
 * Loaded before a program: kills it with SIGKILL as soon as the process of that number (`KILLED_AT`, from 1) is there,
 * before any line of the program that comes after its start.
 */
const childProcess = require('node:child_process');

const { spawn } = childProcess;
let left = Number(process.env.KILLED_AT);

childProcess.spawn = (...args) => {
  const child = spawn(...args);
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
  return child;
};
