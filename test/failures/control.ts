/** `control FUNCTION JSON` and `device activate NAME`, as their programs have it. */
import assert from 'node:assert/strict';
import { assertArgument } from '../../local-azure/control/argument.ts';
import type { Control } from '../../local-azure/control.ts';
import { activate } from '../../local-azure/device/activate.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { Json } from '../../local-azure/json.ts';
import type { Program } from './shell.ts';

/** What is refused here is a mistake of the document. @throws Error of the control function */
export const controlOf =
  (azure: LocalAzure): Program =>
  async ([name = '', argument = '{}', ...more]) => {
    assert.deepEqual(more, []);
    assert.ok(isFunction(azure, name), `control knows no ${name}`);
    const given = JSON.parse(argument) as Json;
    assertArgument(name, given);
    const call = azure.control[name] as (argument: Json) => unknown;
    const result = call(given);
    await azure.deliverLate();
    return { code: 0, text: result === undefined ? '' : `${JSON.stringify(result)}\n` };
  };

const isFunction = ({ control }: LocalAzure, name: string): name is keyof Control => Object.hasOwn(control, name);

export const deviceOf =
  (azure: LocalAzure): Program =>
  async ([verb, name = '', ...more], key) => {
    assert.deepEqual([verb, ...more], ['activate']);
    const result = await activate(azure, name, key);
    assert.ok(result.activated, JSON.stringify(result));
    return { code: 0, text: `Device ${name} is online.\n` };
  };
