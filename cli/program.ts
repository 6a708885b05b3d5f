import { Command } from 'commander';
import { addAudit } from './audit.ts';
import { addBlocked } from './blocked.ts';
import { addConsent } from './consent.ts';
import { addDeviceDelete } from './device-delete.ts';
import { addDeviceRepair } from './device-repair.ts';
import { addDeviceShow } from './device-show.ts';
import { addDoctor } from './doctor.ts';
import { addKeyGenerate } from './key-generate.ts';
import { addKeyRegenerate } from './key-regenerate.ts';
import { addKeyShow } from './key-show.ts';
import { addStatus } from './status.ts';
import { addVaultDelete } from './vault-delete.ts';
import { addVaultRecover } from './vault-recover.ts';

/** The whole command line. Nothing ends the process or writes by itself: whoever runs it decides that. */
export const createProgram = (): Command => {
  const program = new Command('ase')
    .description('the key vault behind an Azure Stack Edge device, and its activation key')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const key = program.command('key').description('activation keys');
  addKeyGenerate(key);
  addKeyRegenerate(key);
  addKeyShow(key);
  const device = program.command('device').description('devices and what protects their key vaults');
  addDeviceShow(device);
  addDeviceRepair(device);
  addDeviceDelete(device);
  const vault = program.command('vault').description('key vaults of devices');
  addVaultDelete(vault);
  addVaultRecover(vault);
  addStatus(program);
  addBlocked(program);
  addConsent(program);
  addAudit(program);
  addDoctor(program);
  return program;
};
