/** A shell on the whole product: the command line as a process, Temporal's own, and the controls of the served Azure. */
import { setTimeout as delay } from 'node:timers/promises';
import { runAse } from '../cli/ase.ts';
import { run, type Ended } from '../server/programs.ts';
import type { Stack } from '../server/stack.ts';
import { controlOf, deviceOf } from './control.ts';
import { variablesIn } from './document.ts';
import { createShell, type Said, type Shell } from './shell.ts';

export const openStackShell = ({ azure, operatorEnv, temporal }: Stack): Shell =>
  createShell(
    {
      ase: async (words) => said(await runAse(words, operatorEnv)),
      temporal: async (words) => said(await run(temporal.cli, words, operatorEnv)),
      control: controlOf(azure),
      device: deviceOf(azure),
      sleep: async ([seconds]) => {
        await delay(Number(seconds) * 1000);
        return { code: 0, text: '' };
      },
    },
    variablesIn(operatorEnv),
  );

/** What is meant for a pipe comes alone. */
const said = ({ code, stdout, stderr }: Ended): Said => ({
  code,
  text: code === 0 && stdout ? stdout : `${stdout}${stderr}`,
});
