import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  foreignSinks,
  planDiagnosticSetting,
  sendsAuditEvents,
  type DiagnosticSetting,
} from '../../domain/diagnostic-setting.ts';

const account = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/aselog';
const setting = (name: string, also: Partial<DiagnosticSetting> = {}): DiagnosticSetting => ({
  name,
  auditEvents: true,
  storageAccountId: account,
  ...also,
});
const five = ['a', 'b', 'c', 'd', 'e'].map((name) => setting(name, { storageAccountId: `${account}2` }));
const write = (name: string) => ({ action: 'write', name });
const leave = { action: 'leave' };

suite('audit events are sent', () => {
  const metrics = { category: 'AllMetrics', enabled: true };
  const cases: [sends: boolean, by: string, logs: Parameters<typeof sendsAuditEvents>[0]][] = [
    [true, 'by their category beside others', [metrics, { category: 'AuditEvent', enabled: true }]],
    [true, 'by the group "audit"', [{ categoryGroup: 'audit', enabled: true }]],
    [true, 'by the group "allLogs"', [{ categoryGroup: 'allLogs', enabled: true }]],
    [false, 'if they are switched off', [{ category: 'AuditEvent', enabled: false }]],
    [false, 'if the group is switched off', [{ categoryGroup: 'allLogs', enabled: false }]],
    [false, 'by another category', [metrics]],
    [false, 'by nothing', []],
  ];
  for (const [sends, by, logs] of cases) {
    test(`${sends ? '' : 'not '}${by}`, () => assert.equal(sendsAuditEvents(logs), sends));
  }
});

suite('a diagnostic setting', () => {
  const cases: [when: string, present: DiagnosticSetting[], plan: object][] = [
    ['is written under our name if there is none', [], write('ase-audit')],
    ['that keeps the audit log is left unchanged', [setting('ase-audit')], leave],
    ["that keeps the audit log under a stranger's name is left unchanged", [setting('of-the-portal')], leave],
    [
      'that names our account in another spelling is left unchanged',
      [setting('ase-audit', { storageAccountId: account.toUpperCase() })],
      leave,
    ],
    [
      'of somebody to our account without audit events is left beside ours',
      [setting('of-the-portal', { auditEvents: false })],
      write('ase-audit'),
    ],
    [
      'of ours to the account of a former vault is overwritten',
      [setting('ase-audit', { storageAccountId: `${account}2` })],
      write('ase-audit'),
    ],
    [
      'of a stranger to another account is left beside ours',
      [setting('theirs', { storageAccountId: `${account}2` })],
      write('ase-audit'),
    ],
    [
      'that sends only to a workspace does not replace ours',
      [{ name: 'to-a-workspace', auditEvents: true }],
      write('ase-audit'),
    ],
    [
      'of ours is overwritten beside four foreign ones',
      [...five.slice(1), setting('ASE-audit', { auditEvents: false })],
      write('ase-audit'),
    ],
  ];
  for (const [when, present, plan] of cases) {
    test(when, () => assert.deepEqual(planDiagnosticSetting(present, account), plan));
  }
});

test('five foreign settings, the limit of Azure, require a choice by a person, and settings without logs are named', () => {
  const ghosts = [{ name: 'B', storageAccountId: `${account}2` }];
  const plan = planDiagnosticSetting(five, account, ghosts);
  assert.ok(plan.action === 'refuse');
  assert.equal(plan.type, 'DiagnosticSettingConflict');
  assert.equal(
    plan.message,
    'the vault has 5 diagnostic settings, as many as Azure allows: "a", "b" (its storage account aselog2 is gone), "c", "d", "e"',
  );
});

test('the account of a foreign setting with another destination is checked for existence', () => {
  const elsewhere = { storageAccountId: `${account}2` };
  const present = [
    setting('ase-audit', elsewhere),
    setting('to-ours'),
    { name: 'to-a-workspace', auditEvents: true },
    setting('theirs', elsewhere),
  ];
  assert.deepEqual(foreignSinks(present, account), [{ name: 'theirs', ...elsewhere }]);
});
