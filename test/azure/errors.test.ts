/** What Azure's refusals mean to us: each is answered to a client that the product uses, and read from what it throws. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AuthenticationError, CredentialUnavailableError } from '@azure/identity';
import type { Azure } from '../../azure/clients.ts';
import { isAbsence, isFinal, oneLine, orAbsent, readAzureError, type AzureError } from '../../azure/errors.ts';
import type { FailureType } from '../../domain/failures.ts';
import { azureAnswering, errorOf, refusal, subscriptionId, token } from './clients.ts';

/** One call of each kind of client: they make errors in different ways. */
const calls = {
  'older client': (azure: Azure) => azure.subscription(subscriptionId).devices.get('edge-1', 'edge-rg'),
  'newer client': (azure: Azure) => azure.subscription(subscriptionId).vaults.get('edge-rg', 'the-vault'),
  'paged list': (azure: Azure) =>
    Array.fromAsync(azure.subscription(subscriptionId).permissions.listForResourceGroup('edge-rg')),
  'secrets client': (azure: Azure) =>
    azure.secrets({ uri: 'https://the-vault.vault.azure.net' }).getSecret('ase-activation-key'),
  'secrets list': (azure: Azure) =>
    azure
      .secrets({ uri: 'https://the-vault.vault.azure.net' })
      .listPropertiesOfSecretVersions('ase-activation-key')
      .next(),
};
type Call = keyof typeof calls;
const allCalls = Object.keys(calls) as Call[];

const read = async (call: Call, answer: () => Response): Promise<AzureError> => {
  const azure = azureAnswering(() => Promise.resolve(answer()));
  const found = readAzureError(await errorOf(calls[call](azure)));
  assert.ok(found, 'it is an error of Azure');
  return found;
};

const arm = (code: string, message = 'No.', also: object = {}) => ({ error: { code, message, ...also } });
const inner = (code: string) => arm('Forbidden', 'No.', { innererror: { code } });

type Claim = [says: string, status: number, body: unknown, meaning: FailureType];

suite('on the control plane, with every client,', () => {
  const claims: Claim[] = [
    ['AuthorizationFailed', 403, arm('AuthorizationFailed'), 'MissingPermission'],
    ['LinkedAuthorizationFailed', 403, arm('LinkedAuthorizationFailed'), 'MissingPermission'],
    ['RequestDisallowedByPolicy', 403, arm('RequestDisallowedByPolicy'), 'PolicyDenied'],
    ['ScopeLocked', 409, arm('ScopeLocked'), 'ForeignLock'],
    ['MissingSubscriptionRegistration', 409, arm('MissingSubscriptionRegistration'), 'ProviderNotReady'],
    ['VaultAlreadyExists', 409, arm('VaultAlreadyExists'), 'VaultNameTaken'],
    ['SoftDeletedVaultDoesNotExist', 404, arm('SoftDeletedVaultDoesNotExist'), 'ConcurrentWrite'],
    ['VaultNameNotValid', 400, arm('VaultNameNotValid'), 'InvalidInput'],
    ['ConflictError', 409, arm('ConflictError'), 'ConcurrentWrite'],
    ['StorageAccountAlreadyTaken', 409, arm('StorageAccountAlreadyTaken'), 'StorageNameTaken'],
    ['StorageAccountOperationInProgress', 409, arm('StorageAccountOperationInProgress'), 'AuditStorageCreating'],
    ['Conflict, which has many meanings', 409, arm('Conflict'), 'RequestRefused'],
    [
      'a collision of two writes',
      409,
      arm('Conflict', 'Many operations are performed in parallel.'),
      'ConcurrentWrite',
    ],
    ['404 of a resource that nobody creates', 404, arm('InvalidResourceType'), 'RequestRefused'],
    ['404 of a subscription', 404, arm('SubscriptionNotFound'), 'RequestRefused'],
    ['AnotherOperationInProgress', 409, arm('AnotherOperationInProgress'), 'ConcurrentWrite'],
    ['ConflictingConcurrentWriteNotAllowed', 409, arm('ConflictingConcurrentWriteNotAllowed'), 'ConcurrentWrite'],
    ['PessimisticConcurrencyConflict', 409, arm('PessimisticConcurrencyConflict'), 'ConcurrentWrite'],
    ['PrincipalNotFound', 400, arm('PrincipalNotFound'), 'IdentityPropagating'],
    ['a code without the wrapper', 409, { code: 'ScopeLocked', message: 'No.' }, 'ForeignLock'],
    [
      'an identity that Key Vault does not know',
      400,
      arm('BadRequest', 'Invalid value found at accessPolicies[1].ObjectId: x'),
      'IdentityPropagating',
    ],
    [
      'the limit of diagnostic settings on a vault',
      400,
      arm('BadRequest', 'The limit of 5 diagnostic settings was reached.'),
      'DiagnosticSettingConflict',
    ],
    ['another bad request', 400, arm('BadRequest', 'Invalid value found at sku'), 'RequestRefused'],
    ['429', 429, arm('TooManyRequests'), 'Throttled'],
    ['408', 408, arm('RequestTimeout'), 'AzureUnavailable'],
    ['500', 500, arm('InternalServerError'), 'AzureUnavailable'],
    ['503 of a gateway', 503, '<html>Service Unavailable</html>', 'AzureUnavailable'],
    ['401', 401, arm('ExpiredAuthenticationToken'), 'CredentialRefused'],
    ['403 with an unknown code', 403, arm('SomethingNew'), 'RequestRefused'],
    ['RequestDisallowedByAzure', 403, arm('RequestDisallowedByAzure'), 'RequestRefused'],
    ['DenyAssignmentAuthorizationFailed', 403, arm('DenyAssignmentAuthorizationFailed'), 'RequestRefused'],
    ['KeyBasedAuthenticationNotPermitted', 403, arm('KeyBasedAuthenticationNotPermitted'), 'RequestRefused'],
    ['StorageAccountIsNotProvisioned', 409, arm('StorageAccountIsNotProvisioned'), 'AuditStorageCreating'],
    [
      'an account that is not accessible yet',
      409,
      arm('Conflict', "Storage account 'x' is not accessible yet. Try again when storage provisioning is complete"),
      'AuditStorageCreating',
    ],
    ['the name of a built-in object property', 400, arm('constructor'), 'RequestRefused'],
    ['404 where no absence was expected', 404, arm('ResourceNotFound'), 'NotInEffect'],
    ['the missing group of the device', 404, arm('ResourceGroupNotFound'), 'DeviceNotFound'],
    ['409 with an unknown code', 409, arm('SomethingNew'), 'RequestRefused'],
  ];
  for (const [says, status, body, meaning] of claims) {
    test(`${says} means ${meaning}`, async () => {
      for (const call of ['older client', 'newer client', 'paged list'] as const) {
        const found = await read(call, () => refusal(status, body));
        assert.equal(found.type, meaning, call);
        assert.equal(found.status, status, call);
      }
    });
  }
});

const notOfAzure = 'in an unknown format: a proxy or gateway may have answered';

suite('a refusal is read in another encoding:', () => {
  const text = JSON.stringify(arm('AnotherOperationInProgress', 'Wait.'));
  const swapped = (bytes: Buffer): Buffer => bytes.swap16();
  const encodings: [encoding: string, bytes: Buffer][] = [
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 in the other byte order', swapped(Buffer.from(`\ufeff${text}`, 'utf16le'))],
  ];
  for (const [encoding, bytes] of encodings) {
    test(encoding, async () => {
      for (const call of ['older client', 'newer client', 'paged list'] as const) {
        const answer = () => new Response(new Uint8Array(bytes), { status: 409 });
        const { type, message } = await read(call, answer);
        assert.deepEqual([type, message], ['ConcurrentWrite', 'Wait.'], call);
      }
    });
  }
});

suite('a good answer without content counts as no answer', () => {
  const json = { 'content-type': 'application/json' };
  const answers: [what: string, answer: () => Response][] = [
    ['nothing', () => new Response('', { status: 200, headers: json })],
    ['nothing without a type', () => new Response(null, { status: 200 })],
    ['no content', () => new Response(null, { status: 204 })],
    ['null', () => new Response('null', { headers: json })],
    ['a text', () => new Response('"fine"', { headers: json })],
    ['a list', () => new Response('[]', { headers: json })],
    ['half an answer', () => new Response('{"value":[', { headers: json })],
    ['an empty object', () => Response.json({})],
    ['null in place of a list', () => Response.json({ value: null })],
    ['a list of null', () => Response.json({ value: [null] })],
    ['a list of texts', () => Response.json({ value: ['x'] })],
    ['a resource without a name', () => Response.json({ properties: {} })],
  ];
  for (const [what, answer] of answers) {
    test(`such as ${what}, with every client`, async () => {
      for (const call of allCalls) {
        const { type, message } = await read(call, answer);
        assert.deepEqual([type, message], ['AzureUnavailable', 'an answer of Azure is unreadable'], call);
      }
    });
  }

  test('but not if an empty answer is valid: for a deletion, and for an operation that has ended', async () => {
    for (const status of [200, 204]) {
      const azure = azureAnswering(() => Promise.resolve(new Response(null, { status })));
      await azure.subscription(subscriptionId).locks.deleteByScope('/subscriptions/s', 'lock');
      await azure.subscription(subscriptionId).vaults.delete('edge-rg', 'the-vault');
    }
    const location = 'https://management.azure.com/operationResults/1?api-version=1';
    let polls = 0;
    const device = azureAnswering(({ method }) => {
      if (method === 'DELETE') return Promise.resolve(new Response(null, { status: 202, headers: { location } }));
      polls += 1;
      return Promise.resolve(new Response(null, { status: 204 }));
    });
    const poller = await device.subscription(subscriptionId).devices.beginDelete('edge-1', 'edge-rg');
    await poller.poll();
    assert.deepEqual([polls, poller.isDone()], [1, true]);
  });
});

suite('a refusal without a body is judged by its status', () => {
  const ways: Call[] = ['older client', 'paged list', 'secrets list', 'newer client', 'secrets client'];
  for (const call of ways) {
    test(`for the ${call}`, async () => {
      for (const body of ['', 'null']) {
        assert.equal((await read(call, () => refusal(400, body))).type, 'RequestRefused');
        const { type, message } = await read(call, () => refusal(503, body));
        assert.deepEqual([type, message], ['AzureUnavailable', 'answered 503 without a message']);
      }
    });

    test(`for the ${call}, and reported as not from Azure if it is a page`, async () => {
      const page = (status: number) => () => refusal(status, '<html>Sorry</html>', { 'content-type': 'text/html' });
      const { type, message } = await read(call, page(502));
      assert.deepEqual([type, message], ['AzureUnavailable', `answered 502 ${notOfAzure}`]);
      const refused = await read(call, page(400));
      assert.deepEqual([refused.type, refused.message], ['RequestRefused', `answered 400 ${notOfAzure}`]);
      for (const status of [401, 404, 407, 410]) {
        const answer = await read(call, page(status));
        assert.deepEqual([answer.type, answer.message], ['AzureUnavailable', `answered ${status} ${notOfAzure}`]);
        assert.equal(isFinal(answer), false, 'the request may have come through');
      }
    });
  }
});

suite('on a vault, in a single answer and in a list,', () => {
  const claims: Claim[] = [
    ['a refusal by access policy', 403, inner('ForbiddenByPolicy'), 'GrantPropagating'],
    ['a refusal by access policy in older wording', 403, inner('AccessDenied'), 'GrantPropagating'],
    ['a refusal by role', 403, inner('ForbiddenByRbac'), 'VaultUsesRbac'],
    ['a closed firewall', 403, inner('ForbiddenByFirewall'), 'VaultNetworkClosed'],
    ['a closed public network', 403, inner('ForbiddenByConnection'), 'VaultNetworkClosed'],
    [
      'a secret that is being deleted',
      409,
      arm('Conflict', 'No.', { innererror: { code: 'ObjectIsBeingDeleted' } }),
      'ConcurrentWrite',
    ],
    [
      'a deleted secret',
      409,
      arm('Conflict', 'No.', { innererror: { code: 'ObjectIsDeletedButRecoverable' } }),
      'SecretSoftDeleted',
    ],
    ['throttling', 429, arm('Throttled'), 'Throttled'],
    ['a network security perimeter', 403, inner('ForbiddenByNsp'), 'VaultNetworkClosed'],
    ['a secret that is disabled', 403, inner('SecretDisabled'), 'RequestRefused'],
    ['a plain refusal', 403, arm('Forbidden'), 'RequestRefused'],
  ];
  for (const [says, status, body, meaning] of claims) {
    test(`${says} means ${meaning}`, async () => {
      for (const call of ['secrets client', 'secrets list'] as const) {
        assert.equal((await read(call, () => refusal(status, body))).type, meaning, call);
      }
    });
  }

  test('code and inner code are both reported', async () => {
    const { code, innerCode } = await read('secrets client', () => refusal(403, inner('ForbiddenByFirewall')));
    assert.deepEqual([code, innerCode], ['Forbidden', 'ForbiddenByFirewall']);
  });
});

suite('no answer', () => {
  const claims: [code: string | undefined, call: Call, meaning: FailureType][] = [
    ['ENOTFOUND', 'secrets client', 'VaultUnreachable'],
    ['EAI_AGAIN', 'secrets list', 'VaultUnreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'secrets client', 'VaultUnreachable'],
    ['ECONNREFUSED', 'secrets client', 'AzureUnavailable'],
    ['ENOTFOUND', 'older client', 'AzureUnavailable'],
    ['ECONNRESET', 'newer client', 'AzureUnavailable'],
    [undefined, 'paged list', 'AzureUnavailable'],
  ];
  for (const [code, call, meaning] of claims) {
    test(`to the ${call} because of ${code ?? 'an unknown error'} means ${meaning}`, async () => {
      const azure = azureAnswering(() => Promise.reject(Object.assign(new Error('it\nfailed'), code ? { code } : {})));
      const found = readAzureError(await errorOf(calls[call](azure)));
      const host = call.startsWith('secrets') ? 'the-vault.vault.azure.net' : 'management.azure.com';
      assert.equal(found?.type, meaning);
      assert.equal(found?.code, code ?? 'REQUEST_SEND_ERROR');
      assert.equal(found?.message, `no answer from ${host}: it failed`);
      assert.deepEqual(found?.facts, { host });
    });
  }
});

suite('a refusal reports', () => {
  test('the requested delay, with every client', async () => {
    for (const call of allCalls) {
      const { retryAfterMs } = await read(call, () => refusal(429, arm('Busy'), { 'retry-after': '17' }));
      assert.equal(retryAfterMs, 17_000, call);
    }
    assert.equal((await read('newer client', () => refusal(429, arm('Busy')))).retryAfterMs, undefined);
  });

  test('the missing action and its scope, which only its text contains', async () => {
    const text =
      "The client 'c' with object id 'o' does not have authorization to perform action " +
      "'Microsoft.KeyVault/vaults/write' over scope '/subscriptions/s' or the scope is invalid.";
    for (const call of ['older client', 'newer client', 'paged list'] as const) {
      const { facts } = await read(call, () => refusal(403, arm('AuthorizationFailed', text)));
      assert.equal(facts['action'], 'Microsoft.KeyVault/vaults/write', call);
      assert.equal(facts['scope'], '/subscriptions/s', call);
    }
  });

  test('its message also in a body without the wrapper', async () => {
    for (const call of ['older client', 'newer client', 'paged list'] as const) {
      assert.equal(
        (await read(call, () => refusal(409, { code: 'ScopeLocked', message: 'Locked.' }))).message,
        'Locked.',
        call,
      );
    }
  });

  test('the policy assignment, the denied field, the required value, and the key of the profile for it', async () => {
    const field = 'Microsoft.KeyVault/vaults/enablePurgeProtection';
    const evaluatedExpressions = [
      { result: 'True', expression: 'type', path: 'type', targetValue: 'x', operator: 'Equals' },
      {
        result: 'True',
        expression: field,
        path: 'properties.enablePurgeProtection',
        targetValue: 'true',
        operator: 'NotEquals',
      },
    ];
    const info = { policyAssignmentName: 'only-purge-protected', evaluationDetails: { evaluatedExpressions } };
    const additionalInfo = [{ type: 'PolicyViolation', info }];
    const body = arm('RequestDisallowedByPolicy', 'A wall of {"JSON"}.', { target: 'kv', additionalInfo });
    for (const call of ['older client', 'newer client'] as const) {
      const { facts, message } = await read(call, () => refusal(403, body));
      assert.equal(facts['policyAssignment'], 'only-purge-protected', call);
      assert.equal(facts['policyField'], field, call);
      assert.equal(facts['policyWanted'], '"true"', call);
      assert.equal(facts['profileKey'], 'purgeProtection', call);
      assert.match(message, /^Azure Policy refuses "kv": the assignment "only-purge-protected" requires /, call);
    }
  });

  const tag = { result: 'True', expression: "tags['owner']", operator: 'Exists', targetValue: 'false' };
  const sku = {
    result: 'False',
    expression: 'Microsoft.Storage/storageAccounts/sku.name',
    operator: 'In',
    targetValue: ['Standard_LRS'],
  };
  const deep = (levels: number): object => (levels === 0 ? tag : { allOf: [deep(levels - 1)] });
  const trees: [what: string, expressions: unknown, wanted: string][] = [
    ['in the form of a policy', [{ allOf: [{ anyOf: [tag, { not: sku }] }] }], 'both'],
    ['with operators', [{ operator: 'And', expressions: [tag, { operator: 'Not', operand: sku }] }], 'both'],
    [
      'in another letter case',
      [{ ALLOF: [tag], anyof: null }, { Not: { operator: 'OR', parts: [sku, null, 'x'] } }],
      'both',
    ],
    ['with lists in lists', [[[tag]], [{ not: [sku] }]], 'both'],
    ['with one operand that is not a list', { allOf: [tag] }, 'none'],
    ['with a thousand levels', [deep(1_000)], 'none'],
  ];
  for (const [what, evaluatedExpressions, wanted] of trees) {
    test(`the requirement of a policy from a tree of expressions ${what}`, async () => {
      const info = { policyAssignmentName: 'owned', evaluationDetails: { evaluatedExpressions } };
      const additionalInfo = [{ type: 'PolicyViolation', info }];
      const body = arm('RequestDisallowedByPolicy', 'A wall.', { target: 'kv', additionalInfo });
      const { message } = await read('newer client', () => refusal(403, body));
      assert.match(
        message,
        wanted === 'both'
          ? /requires tags\['owner'\] to be set: .*requiredTags\.owner .*; or .*sku\.name to be one of "Standard_LRS": .*storageSku .*\(ASE_PROFILE\)$/
          : /"owned" does not name the field$/,
      );
    });
  }

  for (const [field, operator, targetValue, wants] of [
    ['location', 'NotIn', ['westeurope'], 'location to be one of "westeurope"'],
    ['name', 'NotLike', 'kv-*', 'name to be like "kv-\\*"'],
  ] as const) {
    test(`the requirement of a policy for the ${field}, if it concerns nothing else`, async () => {
      const evaluatedExpressions = [
        { result: 'True', expression: 'type', operator: 'Equals', targetValue: 'x' },
        { result: 'True', expression: field, operator, targetValue },
      ];
      const info = { policyAssignmentName: 'here', evaluationDetails: { evaluatedExpressions } };
      const additionalInfo = [{ type: 'PolicyViolation', info }];
      const body = arm('RequestDisallowedByPolicy', 'A wall.', { target: 'kv', additionalInfo });
      const { message, facts } = await read('newer client', () => refusal(403, body));
      assert.match(message, new RegExp(`"here" requires ${wants}$`));
      assert.deepEqual([facts['policyField'], facts['profileKey']], [field, undefined]);
    });
  }

  for (const body of [
    { error: [{ code: 'ScopeLocked', message: 'Locked.' }] },
    { error: 'refused', code: 'ScopeLocked', message: 'Locked.' },
    { Error: { Code: 'ScopeLocked', Message: 'Locked.' } },
    { 'odata.error': { code: 'ScopeLocked', message: { lang: 'en', value: 'Locked.' } } },
  ]) {
    test(`code and words of ${JSON.stringify(body)}`, async () => {
      const { type, message } = await read('older client', () => refusal(409, JSON.stringify(body)));
      assert.deepEqual([type, message], ['ForeignLock', 'Locked.']);
    });
  }

  test('the message of Azure about a policy, if it does not name the policy', async () => {
    const { message, facts } = await read('newer client', () => refusal(403, arm('RequestDisallowedByPolicy', 'No.')));
    assert.equal(message, 'No.');
    assert.equal(facts['policyAssignment'], undefined);
  });

  test('the id by which Azure finds the request', async () => {
    const headers = { 'x-ms-correlation-request-id': 'correlation', 'x-ms-request-id': 'request' };
    assert.equal(
      (await read('older client', () => refusal(400, arm('No'), headers))).facts['correlationId'],
      'correlation',
    );
    assert.equal(
      (await read('secrets client', () => refusal(400, arm('No'), { 'x-ms-request-id': 'request' }))).facts[
        'correlationId'
      ],
      'request',
    );
  });

  test('the message of Azure, on one line of at most 500 characters', async () => {
    for (const call of allCalls) {
      const { message } = await read(call, () => refusal(400, arm('No', `a\r\nb\u202e${'x'.repeat(600)}`)));
      assert.ok(message.startsWith('a b xxx'), `${call}: ${message}`);
      assert.equal(message.length, 500);
    }
  });

  test('the missing action on a linked resource, however long the names are', async () => {
    const scope = `/subscriptions/${subscriptionId}/resourceGroups/${'long-'.repeat(17)}`;
    const account = `${scope}/providers/Microsoft.Storage/storageAccounts/audit`;
    const text =
      `The client 'c' with object id 'o' has permission to perform action 'Microsoft.Insights/diagnosticSettings/write' ` +
      `on scope '${scope}/providers/Microsoft.KeyVault/vaults/${'v'.repeat(24)}'; however, it does not have permission to ` +
      `perform action(s) 'Microsoft.Storage/storageAccounts/listKeys/action' on the linked scope(s) '${account}' ` +
      `(respectively) or the linked scope(s) are invalid.`;
    const { message, facts } = await read('newer client', () => refusal(403, arm('LinkedAuthorizationFailed', text)));
    assert.equal(facts['action'], 'Microsoft.Storage/storageAccounts/listKeys/action');
    assert.equal(facts['scope'], account);
    assert.ok(message.includes(facts['action']) && message.includes(account), message);
  });

  test('no action that the caller may perform as a missing one', async () => {
    const may =
      "The client 'c' has permission to perform action 'Microsoft.KeyVault/vaults/write' on scope '/s'; however,";
    for (const [code, text] of [
      [
        'LinkedAuthorizationFailed',
        `${may} the current tenant 't' is not authorized to access linked subscription 's'.`,
      ],
      [
        'DenyAssignmentAuthorizationFailed',
        `${may} the access is denied because of the deny assignment with name 'd'.`,
      ],
    ] as const) {
      const { facts, message } = await read('newer client', () => refusal(403, arm(code, text)));
      assert.equal(facts['action'], undefined, code);
      assert.equal(message, text);
    }
  });

  test('nothing of the request: neither its token nor its headers', async () => {
    for (const call of allCalls) {
      const found = await read(call, () => refusal(403, arm('AuthorizationFailed')));
      assert.ok(!JSON.stringify(found).includes(token), call);
      assert.doesNotMatch(JSON.stringify(found), /bearer|authorization"/i, call);
    }
  });
});

suite('an error', () => {
  test('of a missing credential means CredentialRefused', () => {
    const found = readAzureError(new CredentialUnavailableError('EnvironmentCredential is unavailable'));
    assert.equal(found?.type, 'CredentialRefused');
    assert.match(found?.message ?? '', /^no credential to sign in with: none in the environment, no managed/);
  });

  test('of a failing token service means AzureUnavailable', () => {
    const found = readAzureError(new AuthenticationError(503, { error: 'x', error_description: 'AADSTS90033: busy' }));
    assert.equal(found?.type, 'AzureUnavailable');
    assert.equal(found?.message, 'the token service does not answer');
  });

  test('from another source is not an error of Azure', () => {
    for (const error of [new Error('boom'), new TypeError('boom'), 'boom', undefined, { statusCode: 404 }]) {
      assert.equal(readAzureError(error), undefined);
    }
  });
});

suite('an unreadable answer', () => {
  const secret = 'the-value-of-a-secret';

  test('means AzureUnavailable with every client, and none of it is reported', async () => {
    for (const call of allCalls) {
      for (const status of [200, 403, 500]) {
        const azure = azureAnswering(() => Promise.resolve(refusal(status, `{"value":"${secret}"`)));
        const error = await errorOf(calls[call](azure));
        const said = JSON.stringify(readAzureError(error) ?? { none: (error as Error).name });
        assert.ok(!said.includes(secret), `${call} ${status}: ${said}`);
      }
    }
  });

  test('means unavailable, not refused, if the status was good', async () => {
    for (const call of allCalls) {
      const { type, message } = await read(call, () => refusal(200, `{"value":"${secret}"`));
      assert.deepEqual([type, message], ['AzureUnavailable', 'an answer of Azure is unreadable'], call);
    }
  });

  test('means unavailable also for a refusal that was truncated on its way', async () => {
    const body = JSON.stringify({ error: { code: 'MissingSubscriptionRegistration', message: secret } });
    for (const call of allCalls) {
      for (const status of [400, 401, 403, 404, 409, 412]) {
        const { type, message } = await read(call, () => refusal(status, body.slice(0, body.length / 2)));
        assert.deepEqual(
          [type, message],
          ['AzureUnavailable', 'an answer of Azure is unreadable'],
          `${call} ${status}`,
        );
      }
    }
  });

  test('is not a truncated one if it is complete and does not come from Azure, so that a person learns of the proxy', async () => {
    const bodies = [
      '<?xml version="1.0"?><!DOCTYPE html><html><body>Blocked</body></html>',
      '[proxy] access denied',
      "{'error': 'bad'}",
      '{"error": "a\nb"}',
      '<?xml version="1.0"?><Error><Message>m</Message><Code>c</Code></Error>',
    ];
    for (const body of bodies) {
      const { type } = await read('older client', () => refusal(403, body));
      assert.equal(type, 'RequestRefused', body);
    }
  });

  test('means unavailable also for a redirection', async () => {
    for (const call of ['older client', 'newer client'] as const) {
      const { type, message } = await read(call, () => refusal(302, `{"value":"${secret}"}`));
      assert.deepEqual([type, message], ['AzureUnavailable', 'an answer of Azure is unreadable'], call);
    }
  });
});

test('an answer ends a request permanently, unless a gateway may still wait for the service behind it', () => {
  const answered = (status?: number): AzureError => ({
    type: 'Unexpected',
    code: '',
    message: '',
    facts: {},
    ...(status === undefined ? {} : { status }),
  });
  const final = [200, 400, 403, 409, 429, 503];
  const open = [408, 500, 502, 504, undefined];
  assert.deepEqual(
    [...final, ...open].filter((status) => isFinal(answered(status))),
    final,
  );
});

suite('a missing resource', () => {
  test('is distinguished from a page of a gateway with the same status', async () => {
    const azure = azureAnswering(() =>
      Promise.resolve(refusal(404, '<html>Not found</html>', { 'content-type': 'text/html' })),
    );
    await assert.rejects(orAbsent(calls['older client'](azure)), (error) => !isAbsence(error));
  });

  test('is distinguished from an api-version that this cloud does not know', async () => {
    const azure = azureAnswering(() => Promise.resolve(refusal(404, arm('InvalidResourceType'))));
    for (const call of allCalls) {
      const error = await errorOf(orAbsent<unknown>(calls[call](azure)));
      assert.equal(readAzureError(error)?.type, 'RequestRefused', call);
    }
  });

  test('is a valid answer', async () => {
    const azure = azureAnswering(() => Promise.resolve(refusal(404, arm('ResourceNotFound'))));
    for (const call of allCalls) assert.equal(await orAbsent<unknown>(calls[call](azure)), undefined, call);
  });

  test('is distinguished from a resource that the caller may not see', async () => {
    const azure = azureAnswering(() => Promise.resolve(refusal(403, arm('AuthorizationFailed'))));
    for (const call of allCalls) {
      const error = await errorOf(orAbsent<unknown>(calls[call](azure)));
      assert.equal(readAzureError(error)?.type, 'MissingPermission', call);
    }
  });
});

test('a message of Azure becomes one line', () => {
  assert.equal(oneLine('  a\r\n\tb\u2028c\u0007 '), 'a b c');
});

test('a refusal of Storage in XML is readable, too', async () => {
  const xml =
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationPermissionMismatch</Code>' +
    '<Message>This request is not authorized.\nRequestId:1</Message></Error>';
  const azure = azureAnswering(() =>
    Promise.resolve(new Response(xml, { status: 403, headers: { 'content-type': 'application/xml' } })),
  );
  const found = readAzureError(await errorOf(azure.blob('https://aselog.blob.core.windows.net/c/b').download()));
  assert.equal(found?.type, 'MissingPermission');
  assert.equal(found.code, 'AuthorizationPermissionMismatch');
  assert.equal(found.message, 'This request is not authorized. RequestId:1');
});
