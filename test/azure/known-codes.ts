/**
 * What Azure is known to answer: codes with their status and their body, where each of them was met, and what it means to us.
 * Bodies have the members and the structure of the source; names and ids are made up, and prose is shortened or our own.
 */
import type { FailureType } from '../../domain/failures.ts';
import type { CallName } from './known-calls.ts';

export type KnownCode = {
  /** As Azure calls it: the code within the code, where there is one. */
  code: string;
  /** A page of documentation, or a thread: `owner/repository#number`. `recorded`: in traffic that the owner of a client published. */
  source: string;
  /** Where a source names none, the one that goes with the code elsewhere. */
  status: number;
  /** JSON, or a text as it comes. */
  body: object | string;
  headers?: Record<string, string>;
  /** The call of ours that is answered so. */
  at: CallName;
  /** What the product reads in the answer. */
  type: FailureType;
  /** What its step makes of that, where it knows more. */
  inStep?: FailureType;
  /**
   * What becomes of the procedure. It goes on when it was answered so once (`passes`), or whenever the call is answered so
   * (`passed over`); it waits until Azure answers otherwise (`heals`), or until a person has decided (`stays`); it is over (`ends`).
   */
  becomes: 'passes' | 'passed over' | 'heals' | 'stays' | 'ends';
  /** Words that a person cannot do without, in what is shown: Azure's and ours. */
  says?: RegExp;
};

const learn = 'https://learn.microsoft.com';
const deploymentErrors = `${learn}/azure/azure-resource-manager/troubleshooting/common-deployment-errors`;
const registrationErrors = `${learn}/azure/azure-resource-manager/troubleshooting/error-register-resource-provider`;
const vaultErrors = `${learn}/azure/key-vault/general/common-error-codes`;
const accountErrors = `${learn}/rest/api/storagerp/srp_error_codes_common`;
const storageErrors = `${learn}/rest/api/storageservices/common-rest-api-error-codes`;
const blobErrors = `${learn}/rest/api/storageservices/blob-service-error-codes`;
const signInErrors = `${learn}/entra/identity-platform/reference-error-codes`;

const subscription = '/subscriptions/11111111-2222-3333-4444-555555555555';
const group = `${subscription}/resourceGroups/edge-rg`;
const vault = `${group}/providers/Microsoft.KeyVault/vaults/the-vault`;
const account = `${group}/providers/Microsoft.Storage/storageAccounts/theaccount`;

const arm = (code: string, message: string, also: object = {}) => ({ error: { code, message, ...also } });
const ofVault = (code: string, inner: string, message: string) => arm(code, message, { innererror: { code: inner } });
/** Insights leaves the wrapper out. */
const ofInsights = (code: string, message: string) => ({ code, message });
const ofBlobs = (code: string, message: string): string =>
  `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}\n` +
  'RequestId:176c3808-201a-004f-5842-557d35000000\nTime:2026-11-14T08:41:01.5009594Z</Message></Error>';
const xml = { 'content-type': 'application/xml' };
const ofEntra = (error: string, code: number, text: string) => ({
  error,
  error_description: `AADSTS${code}: ${text} Trace ID: 255d1aef Correlation ID: fb3d2015 Timestamp: 2026-01-09 02:02:12Z`,
  error_codes: [code],
  timestamp: '2026-01-09 02:02:12Z',
  trace_id: '255d1aef-8c98-452f-ac51-23d051240864',
  correlation_id: 'fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7',
  error_uri: `https://login.microsoftonline.com/error?code=${code}`,
});

const lacking = (action: string, scope: string): string =>
  `The client 'c' with object id 'o' does not have authorization to perform action '${action}' over scope '${scope}' or the ` +
  'scope is invalid. If access was recently granted, please refresh your credentials.';

const rights: KnownCode[] = [
  {
    code: 'AuthorizationFailed',
    source: 'hashicorp/terraform-provider-azurerm#6073',
    status: 403,
    body: arm('AuthorizationFailed', lacking('Microsoft.Authorization/locks/write', vault)),
    at: 'locking the vault',
    type: 'MissingPermission',
    becomes: 'heals',
    says: /'Microsoft\.Authorization\/locks\/write'.* Grant the action in the message/,
  },
  {
    code: 'AuthorizationFailed',
    source: deploymentErrors,
    status: 403,
    body: arm('AuthorizationFailed', lacking('Microsoft.KeyVault/vaults/write', vault)),
    at: 'creating the vault',
    type: 'MissingPermission',
    becomes: 'heals',
    says: /'Microsoft\.KeyVault\/vaults\/write'.* Grant the action in the message/,
  },
  {
    code: 'LinkedAuthorizationFailed',
    source: 'CDCgov/prime-reportstream#7678',
    status: 403,
    body: arm(
      'LinkedAuthorizationFailed',
      `The client 'c' with object id 'o' has permission to perform action 'microsoft.insights/diagnosticSettings/write' on scope ` +
        `'${vault}'; however, it does not have permission to perform action(s) 'Microsoft.Storage/storageAccounts/listKeys/action' ` +
        `on the linked scope(s) '${account}' (respectively) or the linked scope(s) are invalid.`,
    ),
    at: 'writing the setting',
    type: 'MissingPermission',
    becomes: 'heals',
    says: /the required action 'Microsoft\.Storage\/storageAccounts\/listKeys\/action'.* Grant the action in the message/,
  },
  {
    code: 'DenyAssignmentAuthorizationFailed',
    source: 'Azure/deployment-stacks#123',
    status: 403,
    body: arm(
      'DenyAssignmentAuthorizationFailed',
      `The client 'c' with object id 'o' has permission to perform action 'Microsoft.KeyVault/vaults/accessPolicies/write' on ` +
        `scope '${vault}'; however, the access is denied because of the deny assignment with name 'by a stack' and Id 'i' at scope '${group}'.`,
    ),
    at: 'giving access',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /deny assignment with name 'by a stack'.* remove the cause, then retry/,
  },
  {
    code: 'RequestDisallowedByPolicy',
    source: 'Azure/azure-powershell#15635',
    status: 403,
    body: arm('RequestDisallowedByPolicy', "Resource 'the-vault' was disallowed by policy.", {
      target: 'the-vault',
      additionalInfo: [
        {
          type: 'PolicyViolation',
          info: {
            policyDefinitionDisplayName: 'Key vaults should have purge protection enabled',
            policyAssignmentName: 'only-protected',
            evaluationDetails: {
              evaluatedExpressions: [
                {
                  result: 'True',
                  expressionKind: 'Field',
                  expression: 'type',
                  path: 'type',
                  expressionValue: 'Microsoft.KeyVault/vaults',
                  targetValue: 'Microsoft.KeyVault/vaults',
                  operator: 'Equals',
                },
                {
                  result: 'False',
                  expressionKind: 'Field',
                  expression: 'Microsoft.KeyVault/vaults/createMode',
                  path: 'properties.createMode',
                  targetValue: 'recover',
                  operator: 'Equals',
                },
                {
                  result: 'True',
                  expressionKind: 'Field',
                  expression: 'Microsoft.KeyVault/vaults/enablePurgeProtection',
                  path: 'properties.enablePurgeProtection',
                  targetValue: 'true',
                  operator: 'NotEquals',
                },
              ],
            },
          },
        },
      ],
    }),
    at: 'creating the vault',
    type: 'PolicyDenied',
    becomes: 'stays',
    says: /"only-protected" requires .*the key purgeProtection .* or exempt the resource group/,
  },
  {
    code: 'RequestDisallowedByAzure',
    source: 'microsoft/foundry-dev-tools#477',
    status: 403,
    body: arm(
      'RequestDisallowedByAzure',
      "Resource 'theaccount' was disallowed by Azure: This policy maintains a set of best available regions where your subscription " +
        'can deploy resources. Should you need additional or different regions, contact support..',
      { target: 'theaccount' },
    ),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /best available regions.* contact support/,
  },
  {
    code: 'ScopeLocked',
    source: 'Azure/azure-sdk-for-java#2560',
    status: 409,
    body: arm(
      'ScopeLocked',
      `The scope '${vault}' cannot perform write operation because following scope(s) are locked: '${group}'. Please remove the ` +
        'lock and try again.',
    ),
    at: 'giving access',
    type: 'ForeignLock',
    becomes: 'heals',
    says: /edge-rg'\. Please remove the lock.* Ask the owner of the lock/,
  },
  {
    code: 'ScopeLocked',
    source: 'hashicorp/terraform-provider-azurerm#17478',
    status: 409,
    body: arm(
      'ScopeLocked',
      `The scope '${vault}' cannot perform delete operation because following scope(s) are locked: '${subscription}'. Please remove ` +
        'the lock and try again.',
    ),
    at: 'deleting the vault',
    type: 'ForeignLock',
    // Its own lock has just come off, and no other is there.
    inStep: 'NotInEffect',
    becomes: 'passes',
  },
  {
    code: 'UnauthorizedApplicationId',
    source: 'MicrosoftDocs/azure-docs#22411',
    status: 401,
    body: arm(
      'UnauthorizedApplicationId',
      "The management lock 'ase-key-vault-lock' is owned by system application(s) 'ba4bc2bd-843f-4d61-9d33-199178eae34e'. Please see " +
        'https://aka.ms/arm-lock for detail.',
    ),
    at: 'unlocking the vault',
    type: 'ForeignLock',
    // Nobody is asked before the lock is back on, and what was said about the vault may have changed by then.
    becomes: 'stays',
    says: /owned by system application.* Ask the owner of the lock/,
  },
];

const providers: KnownCode[] = [
  {
    code: 'MissingSubscriptionRegistration',
    source: 'Azure/msrestazure-for-python#53',
    status: 409,
    body: arm(
      'MissingSubscriptionRegistration',
      "The subscription registration is in 'Unregistered' state. The subscription must be registered to use namespace " +
        "'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for how to register subscriptions.",
      {
        details: [
          {
            code: 'MissingSubscriptionRegistration',
            target: 'Microsoft.KeyVault',
            message: "The subscription registration is in 'Unregistered' state.",
          },
        ],
      },
    ),
    at: 'creating the vault',
    type: 'ProviderNotReady',
    becomes: 'heals',
    says: /'Microsoft\.KeyVault'.* Register the resource provider/,
  },
  {
    code: 'InvalidSubscriptionRegistrationState',
    source: deploymentErrors,
    status: 409,
    body: arm(
      'InvalidSubscriptionRegistrationState',
      "The subscription is not in a registered state for the resource provider 'Microsoft.KeyVault'.",
    ),
    at: 'creating the vault',
    type: 'ProviderNotReady',
    becomes: 'heals',
    says: /'Microsoft\.KeyVault'.* Register the resource provider/,
  },
  {
    code: 'MissingRegistrationForLocation',
    source: deploymentErrors,
    status: 409,
    body: arm(
      'MissingRegistrationForLocation',
      "The subscription is not registered for the resource type 'storageAccounts' in the location 'westeurope'. Please re-register " +
        'for this provider in order to have access to this location.',
    ),
    at: 'ordering the account',
    type: 'ProviderNotReady',
    becomes: 'heals',
    says: /re-register for this provider.* Register the resource provider/,
  },
  {
    code: 'Conflict',
    source: 'Azure/azure-sdk-for-net#17836',
    status: 409,
    body: ofInsights('Conflict', "The subscription '11111111' is not registered to use microsoft.insights."),
    at: 'writing the setting',
    type: 'ProviderNotReady',
    inStep: 'ProviderRegistering',
    becomes: 'passes',
  },
  {
    code: 'NoRegisteredProviderFound',
    source: 'Azure/azure-cli#18483',
    status: 400,
    body: arm(
      'NoRegisteredProviderFound',
      "No registered resource provider found for location 'usgovvirginia' and API version '2026-02-01' for type 'vaults'. The " +
        "supported api-versions are '2019-09-01'. The supported locations are 'usgovvirginia, usgoviowa'.",
    ),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /API version '2026-02-01'.* remove the cause, then retry/,
  },
  {
    code: 'AuthorizationFailed',
    source: registrationErrors,
    status: 403,
    body: arm('AuthorizationFailed', lacking('Microsoft.KeyVault/register/action', subscription)),
    at: 'registering a provider',
    type: 'MissingPermission',
    becomes: 'heals',
    says: /'Microsoft\.KeyVault\/register\/action'.* Grant the action in the message/,
  },
  {
    code: 'InvalidResourceType',
    source: 'Azure/azure-cli#8002',
    status: 404,
    body: arm(
      'InvalidResourceType',
      "The resource type 'diagnosticSettings' could not be found in the namespace 'microsoft.insights' for api version " +
        "'2021-05-01-preview'. The supported api-versions are '2017-05-01-preview'.",
    ),
    at: 'writing the setting',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /for api version '2021-05-01-preview'.* remove the cause, then retry/,
  },
  {
    code: 'LocationNotAvailableForResourceType',
    source: 'Azure/azure-service-operator#780',
    status: 400,
    body: arm(
      'LocationNotAvailableForResourceType',
      "The provided location 'notreal' is not available for resource type 'Microsoft.KeyVault/vaults'. List of available regions for " +
        "the resource type is 'northcentralus,eastus'.",
    ),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /location 'notreal' is not available/,
  },
];

const subscriptionsAndGroups: KnownCode[] = [
  {
    code: 'SubscriptionNotFound',
    source: 'Azure/azure-cli#33657',
    status: 404,
    body: arm('SubscriptionNotFound', "The subscription '11111111-2222-3333-4444-555555555555' could not be found."),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /The subscription '11111111.*' could not be found/,
  },
  {
    code: 'ReadOnlyDisabledSubscription',
    source: 'microsoft/vscode-azureappservice#912',
    status: 409,
    body: arm(
      'ReadOnlyDisabledSubscription',
      "The subscription '11111111' is disabled and therefore marked as read only. You cannot perform any write actions on this " +
        'subscription until it is re-enabled.',
    ),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /until it is re-enabled.* then retry/,
  },
  {
    code: 'SubscriptionDisabled',
    source: accountErrors,
    status: 403,
    body: arm('SubscriptionDisabled', 'The subscription is in a disabled state.'),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /subscription is in a disabled state/,
  },
  {
    code: 'SubscriptionStateForbidden',
    source: accountErrors,
    status: 404,
    body: arm('SubscriptionStateForbidden', 'The subscription is not ready for storage account operations.'),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /subscription is not ready/,
  },
  {
    code: 'ResourceGroupBeingDeleted',
    source: 'Azure/azure-cli#28679',
    status: 409,
    body: arm(
      'ResourceGroupBeingDeleted',
      "The resource group 'edge-rg' is in deprovisioning state and cannot perform this operation.",
    ),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /'edge-rg' is in deprovisioning state/,
  },
  {
    code: 'ResourceGroupNotFound',
    source: 'Azure/azure-cli: recorded, test_storage_account_show_exit_codes',
    status: 404,
    body: arm('ResourceGroupNotFound', "Resource group 'edge-rg' could not be found."),
    at: 'creating the vault',
    type: 'DeviceNotFound',
    becomes: 'ends',
    says: /'edge-rg' could not be found/,
  },
  {
    code: 'OperationNotAllowed',
    source: deploymentErrors,
    status: 409,
    body: arm('OperationNotAllowed', 'The operation exceeds the quota of the subscription in this region.'),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /exceeds the quota/,
  },
  {
    code: 'Conflict',
    source: deploymentErrors,
    status: 409,
    body: arm('Conflict', "The operation is not allowed in the resource's current state."),
    at: 'making the certificate',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /not allowed in the resource's current state.* then retry/,
  },
  {
    code: 'BadRequest',
    source: deploymentErrors,
    status: 400,
    body: arm('BadRequest', 'The values that were sent are not what is expected.'),
    at: 'linking the device',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /not what is expected.* then retry/,
  },
  {
    code: 'InvalidRequestContent',
    source: 'Azure/azure-sdk-for-net#2542',
    status: 400,
    body: arm(
      'InvalidRequestContent',
      "The request content was invalid and could not be deserialized: 'Could not find member 'level' on object of type " +
        "'ManagementLockDefinition'. Path 'level', line 2, position 11.'.",
    ),
    at: 'locking the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /Could not find member 'level'.* then retry/,
  },
];

const passingFaults: KnownCode[] = [
  {
    code: 'ResourceNotFound',
    source: 'Azure/azure-powershell: recorded, TestGetNonExistingDevice',
    status: 404,
    body: arm(
      'ResourceNotFound',
      "The Resource 'Microsoft.DataBoxEdge/dataBoxEdgeDevices/edge-1' under resource group 'edge-rg' was not found.",
    ),
    at: 'reading the device',
    type: 'NotInEffect',
    inStep: 'DeviceNotFound',
    becomes: 'ends',
    says: /the resource group "edge-rg" has no device "edge-1"/,
  },
  {
    code: 'ResourceNotFound',
    source: 'Azure/azure-cli: recorded, test_keyvault_softdelete',
    status: 404,
    body: arm(
      'ResourceNotFound',
      "The Resource 'Microsoft.KeyVault/vaults/v' under resource group 'edge-rg' was not found.",
    ),
    at: 'giving access',
    type: 'NotInEffect',
    becomes: 'passes',
  },
  {
    code: 'ParentResourceNotFound',
    source: deploymentErrors,
    status: 404,
    body: arm(
      'ParentResourceNotFound',
      "Can not perform requested operation on nested resource. Parent resource 'the-vault' not found.",
    ),
    at: 'locking the vault',
    type: 'NotInEffect',
    becomes: 'passes',
  },
  {
    code: 'AnotherOperationInProgress',
    source: deploymentErrors,
    status: 409,
    body: arm('AnotherOperationInProgress', 'Another operation on this or dependent resource is in progress.'),
    at: 'linking the device',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'TooManyRequests',
    source: 'Azure/migAz#57',
    status: 429,
    body: arm('TooManyRequests', 'The request is being throttled.'),
    at: 'reading the locks',
    type: 'Throttled',
    becomes: 'passes',
  },
  {
    code: 'SubscriptionRequestsThrottled',
    source: 'webdevops/azure-metrics-exporter#36',
    status: 429,
    body: arm(
      'SubscriptionRequestsThrottled',
      "Number of requests for subscription '1' and operation 'PUT/…/STORAGEACCOUNTS' exceeded the backend storage limit. Please try " +
        "again after '17' seconds.",
    ),
    headers: { 'retry-after': '17' },
    at: 'ordering the account',
    type: 'Throttled',
    becomes: 'passes',
  },
  {
    code: 'ResourceRequestsThrottled',
    source: 'Azure/azqr#34',
    status: 429,
    body: arm(
      'ResourceRequestsThrottled',
      "Number of requests for action 'Microsoft.KeyVault/vaults/write' exceeded the limit of '50' for time interval '00:05:00'. " +
        "Please try again after '372' seconds.",
    ),
    at: 'creating the vault',
    type: 'Throttled',
    becomes: 'passes',
  },
  {
    code: 'RetryableError',
    source: 'hashicorp/terraform#7986',
    status: 429,
    body: arm('RetryableError', 'A retryable error occured.', { details: [{ code: 'RetryableErrorDueToAnother' }] }),
    at: 'creating the vault',
    type: 'Throttled',
    becomes: 'passes',
  },
  {
    code: 'InternalServerError',
    source: deploymentErrors,
    status: 500,
    body: arm('InternalServerError', 'Encountered an internal server error. The tracking id is x.'),
    at: 'locking the vault',
    type: 'AzureUnavailable',
    becomes: 'passes',
  },
  {
    code: 'GatewayTimeout',
    source: 'microsoft/azure-pipelines-tasks#12925',
    status: 504,
    body: arm(
      'GatewayTimeout',
      "The gateway did not receive a response from 'Microsoft.Storage' within the specified time period.",
    ),
    at: 'looking for the account',
    type: 'AzureUnavailable',
    becomes: 'passes',
  },
  {
    code: 'ConditionNotMet',
    source: 'hashicorp/terraform-provider-azurerm#27925',
    status: 412,
    body: arm('ConditionNotMet', 'The condition that was set for the request is not met.'),
    at: 'creating the vault',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
];

const vaults: KnownCode[] = [
  {
    code: 'VaultAlreadyExists',
    source: 'Azure/azure-powershell#15115',
    status: 409,
    body: arm(
      'VaultAlreadyExists',
      "The vault name 'the-vault' is already in use. Vault names are globaly unique so it is possible that the name is already taken.",
    ),
    at: 'creating the vault',
    type: 'VaultNameTaken',
    becomes: 'stays',
    says: /is taken elsewhere in Azure; propose "ase-.*keyVaultName/,
  },
  {
    code: 'VaultNameNotValid',
    source: 'cristianoag/microsoft-teams-apps-company-communicator#28',
    status: 400,
    body: arm(
      'VaultNameNotValid',
      "The vault name 'the-vault' is invalid. A vault's name must be between 3-24 alphanumeric characters.",
    ),
    at: 'creating the vault',
    type: 'InvalidInput',
    becomes: 'ends',
    says: /must be between 3-24 alphanumeric/,
  },
  {
    code: 'ConflictError',
    source: 'Azure/AzureKeyVault#6',
    status: 409,
    body: arm(
      'ConflictError',
      "A conflict occurred that prevented the operation from completing. The operation failed because the Key Vault 'the-vault' " +
        'changed from the point the operation began. To prevent this error, serialize the operations.',
    ),
    at: 'giving access',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'ConflictError',
    source: 'Azure/azure-cli#29115',
    status: 409,
    body: arm(
      'ConflictError',
      'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.',
    ),
    at: 'creating the vault',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'SoftDeletedVaultDoesNotExist',
    source: 'hashicorp/terraform-provider-azurerm#12972',
    status: 404,
    body: arm(
      'SoftDeletedVaultDoesNotExist',
      'A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted to recover ' +
        'is in a recoverable state.',
    ),
    at: 'recovering the vault',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'RegionNotSupported',
    source: vaultErrors,
    status: 400,
    body: arm('RegionNotSupported', 'Specified azure region is not supported for this resource.'),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /region is not supported/,
  },
  {
    code: 'SkuNotSupported',
    source: vaultErrors,
    status: 400,
    body: arm('SkuNotSupported', 'Specified SKU type is not supported for this resource.'),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /SKU type is not supported/,
  },
  {
    code: 'BadRequest',
    source: 'alexander-kastil/az-204#142',
    status: 400,
    body: arm('BadRequest', 'Invalid value found at accessPolicies[1].ObjectId: e40a0daa-0e3e-4f5d-a1fd-333e578181e1'),
    at: 'giving access',
    type: 'IdentityPropagating',
    becomes: 'passes',
  },
  {
    code: 'PrincipalNotFound',
    source: 'hashicorp/terraform-provider-azurerm#17357',
    status: 400,
    body: arm('PrincipalNotFound', 'Principal 727055f9 does not exist in the directory bbbbbbbb.'),
    at: 'giving access',
    type: 'IdentityPropagating',
    becomes: 'passes',
  },
  {
    code: 'BadRequest',
    source: 'Azure/azure-cli#18430',
    status: 400,
    body: arm('BadRequest', "An invalid value was provided for 'accessPolicies'."),
    at: 'giving access',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /invalid value was provided for 'accessPolicies'/,
  },
  {
    code: 'BadRequest',
    source: 'Azure/azure-cli#13006',
    status: 400,
    body: arm(
      'BadRequest',
      'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.',
    ),
    at: 'creating the vault',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /"enablePurgeProtection" cannot be set to false/,
  },
];

const inVault = 'Caller: appid=a;oid=o;iss=https://sts.windows.net/t/\r\nVault: the-vault;location=westeurope';

const secrets: KnownCode[] = [
  {
    code: 'ForbiddenByPolicy',
    source: 'Azure/azure-sdk-for-net: recorded, CertificateClient',
    status: 403,
    body: ofVault(
      'Forbidden',
      'ForbiddenByPolicy',
      "The user, group or application 'appid=a;oid=o;iss=https://sts.windows.net/t/' does not have secrets set permission on key vault " +
        "'the-vault;location=westeurope'.",
    ),
    at: 'storing the secret',
    type: 'GrantPropagating',
    becomes: 'passes',
  },
  {
    code: 'AccessDenied',
    source: 'Azure/azure-libraries-for-net#1067',
    status: 403,
    body: ofVault(
      'Forbidden',
      'AccessDenied',
      "The user, group or application '';oid='';iss=https://sts.windows.net/t/' does not have secrets set permission on key vault.",
    ),
    at: 'storing the secret',
    type: 'GrantPropagating',
    becomes: 'passes',
  },
  {
    code: 'ForbiddenByRbac',
    source: 'piyushsachdeva/Terraform_AKS#2',
    status: 403,
    body: ofVault(
      'Forbidden',
      'ForbiddenByRbac',
      'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed ' +
        `recently, please observe propagation time.\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n${inVault}\r\n`,
    ),
    at: 'storing the secret',
    type: 'VaultUsesRbac',
    becomes: 'heals',
    says: /Switch the vault to the access-policy permission model/,
  },
  {
    code: 'ForbiddenByFirewall',
    source: 'hashicorp/terraform-provider-azurerm#20742',
    status: 403,
    body: ofVault(
      'Forbidden',
      'ForbiddenByFirewall',
      `Client address is not authorized and caller is not a trusted service.\r\nClient address: 192.0.2.1\r\n${inVault}`,
    ),
    at: 'storing the secret',
    type: 'VaultNetworkClosed',
    becomes: 'heals',
    says: /Client address: 192\.0\.2\.1.* Allow the worker through the vault's firewall/,
  },
  {
    code: 'ForbiddenByConnection',
    source: 'microsoft/multimodal-ai#171',
    status: 403,
    body: ofVault(
      'Forbidden',
      'ForbiddenByConnection',
      'Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n' +
        inVault,
    ),
    at: 'reaching the vault',
    type: 'VaultNetworkClosed',
    becomes: 'heals',
    says: /Public network access is disabled.* Allow the worker through/,
  },
  {
    code: 'SecretDisabled',
    source: 'Azure/azure-sdk-for-js: recorded, keyvault-secrets',
    status: 403,
    body: ofVault('Forbidden', 'SecretDisabled', 'Operation get is not allowed on a disabled secret.'),
    at: 'reading the secret',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /not allowed on a disabled secret.* remove the cause, then retry/,
  },
  {
    code: 'SecretNotFound',
    source: 'Azure/azure-sdk-for-js: recorded, keyvault-secrets',
    status: 404,
    body: arm(
      'SecretNotFound',
      'A secret with (name/id) ase-cik was not found in this key vault. If you recently deleted this secret you may be able to recover it.',
    ),
    at: 'reading the secret',
    type: 'NotInEffect',
    becomes: 'passes',
  },
  {
    code: 'ObjectIsBeingDeleted',
    source: 'Azure/azure-sdk-for-js: recorded, keyvault-secrets',
    status: 409,
    body: ofVault(
      'Conflict',
      'ObjectIsBeingDeleted',
      'Secret ase-cik is currently being deleted and cannot be re-created; retry later.',
    ),
    at: 'storing the secret',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'ObjectIsDeletedButRecoverable',
    source: 'Azure/azure-cli: recorded, test_keyvault_secret_soft_delete',
    status: 409,
    body: ofVault(
      'Conflict',
      'ObjectIsDeletedButRecoverable',
      'Secret ase-cik is currently in a deleted but recoverable state, and its name cannot be reused.',
    ),
    at: 'storing the secret',
    type: 'SecretSoftDeleted',
    inStep: 'CikSoftDeleted',
    becomes: 'heals',
    says: /"ase-cik-.*" is deleted and recoverable.* Recover the deleted secret/,
  },
  {
    code: 'Conflict',
    source: 'Azure/azure-sdk-for-js#25362',
    status: 409,
    body: arm(
      'Conflict',
      "There was a conflict while setting the secret 'ase-cik'. This can happen when multiple operations are performed in parallel. " +
        'To avoid this error, perform operations in a sequential manner.',
    ),
    at: 'storing the secret',
    type: 'ConcurrentWrite',
    becomes: 'passes',
  },
  {
    code: 'Throttled',
    source: 'vcsjones/AzureSignTool#219',
    status: 429,
    body: arm(
      'Throttled',
      'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached',
    ),
    at: 'storing the secret',
    type: 'Throttled',
    becomes: 'passes',
  },
  {
    code: 'Unauthorized',
    source: 'microsoft/SynapseML#1923',
    status: 401,
    body: arm(
      'Unauthorized',
      'AKV10032: Invalid issuer. Expected one of https://sts.windows.net/1/, https://sts.windows.net/2/, found https://sts.windows.net/3/.',
    ),
    at: 'storing the secret',
    type: 'CredentialRefused',
    becomes: 'heals',
    says: /AKV10032: Invalid issuer.* Renew the worker's credential/,
  },
  {
    code: 'Unauthorized',
    source: 'Azure/azure-cli: recorded, test_keyvault_secret',
    status: 401,
    body: arm(
      'Unauthorized',
      'AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://vault.azure.net/.',
    ),
    at: 'storing the secret',
    type: 'CredentialRefused',
    becomes: 'heals',
    says: /AKV10022: Invalid audience.* Renew the worker's credential/,
  },
];

const accounts: KnownCode[] = [
  {
    code: 'StorageAccountAlreadyTaken',
    source: 'vmware-archive/azure-concourse#7',
    status: 409,
    body: arm('StorageAccountAlreadyTaken', 'The storage account named theaccount is already taken.'),
    at: 'ordering the account',
    type: 'StorageNameTaken',
    becomes: 'stays',
    says: /others own the storage account names aseedge1.* Free one of .*, then retry, or skip/,
  },
  {
    code: 'StorageAccountAlreadyExists',
    source: deploymentErrors,
    status: 409,
    body: arm('StorageAccountAlreadyExists', 'The storage account named theaccount already exists.'),
    at: 'ordering the account',
    type: 'StorageNameTaken',
    becomes: 'stays',
    says: /others own the storage account names.* Free one of .*, then retry, or skip/,
  },
  {
    code: 'StorageAccountInAnotherResourceGroup',
    source: deploymentErrors,
    status: 409,
    body: arm(
      'StorageAccountInAnotherResourceGroup',
      'The account theaccount is already in another resource group in this subscription.',
    ),
    at: 'ordering the account',
    type: 'StorageNameTaken',
    becomes: 'stays',
    says: /others own the storage account names.* Free one of .*, then retry, or skip/,
  },
  {
    code: 'StorageAccountOperationInProgress',
    source: 'openshift/release#46954',
    status: 409,
    body: arm(
      'StorageAccountOperationInProgress',
      'An operation is currently performing on this storage account that requires exclusive access.',
    ),
    at: 'ordering the account',
    type: 'AuditStorageCreating',
    becomes: 'passes',
  },
  {
    code: 'StorageAccountBeingCreated',
    source: accountErrors,
    status: 409,
    body: arm('StorageAccountBeingCreated', 'This specified storage account is being created.'),
    at: 'ordering the account',
    type: 'AuditStorageCreating',
    becomes: 'passes',
  },
  {
    code: 'StorageAccountIsNotProvisioned',
    source: accountErrors,
    status: 409,
    body: arm(
      'StorageAccountIsNotProvisioned',
      "The storage account provisioning state must be 'Succeeded' before executing the operation.",
    ),
    at: 'writing the setting',
    type: 'AuditStorageCreating',
    becomes: 'passes',
  },
  {
    code: 'AccountNameInvalid',
    source: deploymentErrors,
    status: 400,
    body: arm(
      'AccountNameInvalid',
      'The-Account is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use ' +
        'numbers and lower-case letters only.',
    ),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /is not a valid storage account name/,
  },
  {
    code: 'RedundancyConfigurationNotAvailableInRegion',
    source: 'Esri/arcgis-gitops#160',
    status: 400,
    body: arm(
      'RedundancyConfigurationNotAvailableInRegion',
      'The storage account failed to create due to redundancy configuration - Sku: Standard_ZRS, Kind: StorageV2 - not available in ' +
        'selected Region - westus.',
    ),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /Standard_ZRS.* set the key storageSku/,
  },
  {
    code: 'InvalidValuesForRequestParameters',
    source: 'hashicorp/terraform-provider-azurerm#8089',
    status: 400,
    body: arm('InvalidValuesForRequestParameters', 'Values for request parameters are invalid: kind, sku.', {
      target: 'kind, sku',
    }),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /invalid: kind, sku\. .*set the key storageSku/,
  },
  {
    code: 'MaxStorageAccountsCountPerSubscriptionExceeded',
    source: 'Azure/azure-sdk-for-cpp#3959',
    status: 400,
    body: arm(
      'MaxStorageAccountsCountPerSubscriptionExceeded',
      'Subscription s already contains 249 storage accounts with Standard Dns endpoints in location westeurope.',
      { target: 'theaccount' },
    ),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /already contains 249 storage accounts/,
  },
  {
    code: 'AccountPropertyCannotBeSet',
    source: deploymentErrors,
    status: 400,
    body: arm('AccountPropertyCannotBeSet', "The property 'keyPolicy' cannot be set for this account."),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /'keyPolicy' cannot be set/,
  },
  {
    code: 'AuthenticationFailed',
    source: accountErrors,
    status: 403,
    body: arm('AuthenticationFailed', 'The server failed to authenticate the request.'),
    at: 'ordering the account',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /failed to authenticate the request/,
  },
  {
    code: 'InternalError',
    source: accountErrors,
    status: 500,
    body: arm('InternalError', 'The server encountered an internal error. Please retry the request.'),
    at: 'ordering the account',
    type: 'AzureUnavailable',
    becomes: 'passes',
  },
];

const settings: KnownCode[] = [
  {
    code: 'Conflict',
    source: 'Azure/terraform-azurerm-avm-ptn-aiml-landing-zone#19',
    status: 409,
    body: ofInsights(
      'Conflict',
      `Data sink '${account}' is already used in diagnostic setting 'by-a-policy' for category 'AuditEvent'. Data sinks can't be ` +
        'reused in different settings on the same category for the same resource.',
    ),
    at: 'writing the setting',
    type: 'DiagnosticSettingConflict',
    becomes: 'stays',
    says: /'by-a-policy' for category.* Remove the diagnostic setting .*, or skip/,
  },
  {
    code: 'Conflict',
    source: 'Azure/azure-cli#19387',
    status: 409,
    body: ofInsights(
      'Conflict',
      "Storage account 'theaccount' is not accessible yet. Try again when storage provisioning is complete",
    ),
    at: 'writing the setting',
    type: 'AuditStorageCreating',
    becomes: 'passes',
  },
  {
    code: 'StorageAccountNotFound',
    source: 'pulumi/pulumi-azure-native#3089',
    status: 404,
    body: ofInsights('StorageAccountNotFound', 'The storage account theaccount was not found.'),
    at: 'writing the setting',
    type: 'NotInEffect',
    becomes: 'passes',
  },
  {
    code: 'BadRequest',
    source: 'Azure/azure-rest-api-specs#10646',
    status: 400,
    body: ofInsights('BadRequest', "Category 'AuditEvent' is not supported."),
    at: 'writing the setting',
    type: 'RequestRefused',
    becomes: 'stays',
    says: /Category 'AuditEvent' is not supported/,
  },
];

const tokens: KnownCode[] = [
  {
    code: 'ExpiredAuthenticationToken',
    source: 'Azure/azure-cli-extensions: recorded, src/swiftlet',
    status: 401,
    body: arm(
      'ExpiredAuthenticationToken',
      "The access token expiry UTC time '2/9/2026 8:37:02 AM' is earlier than now.",
    ),
    at: 'reading the device',
    type: 'CredentialRefused',
    becomes: 'heals',
    says: /access token expiry.* Renew the worker's credential/,
  },
  {
    code: 'InvalidAuthenticationTokenTenant',
    source: 'Azure/azure-sdk-for-net#49391',
    status: 401,
    body: arm(
      'InvalidAuthenticationTokenTenant',
      "The access token is from the wrong issuer 'https://sts.windows.net/1/'. It must match the tenant 'https://sts.windows.net/2/' " +
        'associated with this subscription.',
    ),
    at: 'reading the device',
    type: 'CredentialRefused',
    becomes: 'heals',
    says: /from the wrong issuer 'https:\/\/sts.* must match the tenant/,
  },
];

type Refused = [code: number, status: number, error: string, text: string, says: RegExp, source?: string];

/** What the text says is not told, since it may quote the request: what its code means is. */
const refusedSignIns: Refused[] = [
  [7000215, 401, 'invalid_client', 'Invalid client secret is provided.', /the client secret is wrong/],
  [7000222, 401, 'invalid_client', 'The provided client secret keys are expired.', /the client secret has expired/],
  [70002, 401, 'invalid_client', 'Error validating the credentials.', /the client secret is wrong/],
  [
    7000218,
    401,
    'invalid_client',
    "The request body must contain: 'client_assertion' or 'client_secret'.",
    /no client secret or certificate was sent/,
  ],
  [
    700027,
    401,
    'invalid_client',
    'Client assertion contains an invalid signature.',
    /the certificate does not belong to the application/,
    'AzureAD/passport-azure-ad#453',
  ],
  [
    50012,
    401,
    'invalid_client',
    'Client assertion audience claim does not match Realm issuer.',
    /the certificate does not belong to the application/,
    'AzureAD/azure-activedirectory-library-for-python#79',
  ],
  [
    700030,
    401,
    'invalid_client',
    'Invalid certificate - subject name is not authorized.',
    /the certificate does not belong/,
  ],
  [
    700016,
    400,
    'unauthorized_client',
    'The application was not found in the directory.',
    /the tenant has no such application/,
  ],
  [
    700011,
    400,
    'unauthorized_client',
    'The application was not found in the directory.',
    /the tenant has no such application/,
  ],
  [
    7000112,
    400,
    'unauthorized_client',
    "Application 'a'(worker) is disabled.",
    /the application is disabled/,
    'Worklytics/psoxy#74',
  ],
  [
    500014,
    400,
    'invalid_resource',
    "The service principal for resource 'r' is disabled.",
    /the application, or the requested service, is disabled/,
    'Cloud-Architekt/AzureAD-Attack-Defense#43',
  ],
  [90002, 400, 'invalid_request', "Tenant 't' was not found.", /the tenant does not exist/],
  [
    500011,
    400,
    'invalid_resource',
    'The resource principal was not found in the tenant.',
    /the tenant does not know the requested service/,
  ],
  [
    53003,
    400,
    'access_denied',
    'Access has been blocked by Conditional Access policies.',
    /a Conditional Access policy of the tenant/,
  ],
  [
    530032,
    400,
    'access_denied',
    'Blocked by a security policy of the tenant.',
    /a Conditional Access policy of the tenant/,
  ],
  [
    70011,
    400,
    'invalid_scope',
    "The provided value for the input parameter 'scope' isn't valid.",
    /refused the credential \(AADSTS70011\)/,
  ],
];

const signIns: KnownCode[] = [
  ...refusedSignIns.map(([code, status, error, text, says, source = signInErrors]): KnownCode => ({
    code: `AADSTS${code}`,
    source,
    status,
    body: ofEntra(error, code, text),
    at: 'signing in',
    type: 'CredentialRefused',
    becomes: 'heals',
    says,
  })),
  ...(
    [
      [50000, 500, 'server_error', 'There is an issue with the sign-in service.'],
      [50033, 400, 'invalid_request', 'A transient error.'],
      [50196, 400, 'invalid_grant', 'The server terminated an operation because it encountered a client request loop.'],
      [90006, 400, 'invalid_request', 'The service is temporarily unavailable.'],
      [90012, 400, 'invalid_request', 'The request has timed out.'],
      [90024, 400, 'invalid_request', 'A transient error has occurred. Try again.'],
      [90033, 503, 'temporarily_unavailable', 'The Microsoft Online Directory Service is not available.'],
      [90055, 400, 'invalid_request', 'There are too many incoming requests.'],
      [90090, 400, 'invalid_request', 'The service is temporarily unavailable.'],
      [90091, 400, 'invalid_request', 'Graph service unreachable.'],
    ] as const
  ).map(([code, status, error, text]): KnownCode => ({
    code: `AADSTS${code}`,
    source: code === 50196 ? 'AzureAD/MSAL.PS#28' : signInErrors,
    status,
    body: ofEntra(error, code, text),
    at: 'signing in',
    type: 'AzureUnavailable',
    becomes: 'passes',
  })),
];

const blob = (
  code: string,
  status: number,
  text: string,
  type: FailureType,
  becomes: KnownCode['becomes'],
  source = storageErrors,
): KnownCode => ({
  code,
  source,
  status,
  body: ofBlobs(code, text),
  headers: xml,
  at: 'reading the log',
  type,
  becomes,
});

/** The key is out when the log is read, so that none of it holds anybody up. */
const blobs: KnownCode[] = [
  blob(
    'AuthorizationPermissionMismatch',
    403,
    'This request lacks the permission.',
    'MissingPermission',
    'passed over',
  ),
  blob(
    'AuthorizationFailure',
    403,
    'This request is not authorized to perform this operation.',
    'RequestRefused',
    'passed over',
    'microsoft/AzureStorageExplorer#8613',
  ),
  blob(
    'KeyBasedAuthenticationNotPermitted',
    403,
    'Key based authentication is not permitted on this storage account.',
    'RequestRefused',
    'passed over',
    'Azure/AI-Landing-Zones#64',
  ),
  blob(
    'InsufficientAccountPermissions',
    403,
    'Read operations are currently disabled.',
    'RequestRefused',
    'passed over',
  ),
  blob('AccountIsDisabled', 403, 'The specified account is disabled.', 'RequestRefused', 'passed over'),
  blob('AuthenticationFailed', 403, 'Server failed to authenticate the request.', 'RequestRefused', 'passed over'),
  blob('BlobNotFound', 404, 'The specified blob does not exist.', 'NotInEffect', 'passed over', blobErrors),
  blob('ContainerNotFound', 404, 'The specified container does not exist.', 'NotInEffect', 'passed over', blobErrors),
  blob(
    'AccountBeingCreated',
    409,
    'The specified account is in the process of being created.',
    'AuditStorageCreating',
    'passes',
  ),
  blob('ServerBusy', 503, 'The server is currently unable to receive requests.', 'AzureUnavailable', 'passes'),
  blob(
    'OperationTimedOut',
    500,
    'The operation could not be completed within the permitted time.',
    'AzureUnavailable',
    'passes',
  ),
  blob(
    'NoAuthenticationInformation',
    401,
    'Server failed to authenticate the request.',
    'CredentialRefused',
    'passed over',
  ),
];

export const knownCodes: readonly KnownCode[] = [
  ...rights,
  ...providers,
  ...subscriptionsAndGroups,
  ...passingFaults,
  ...vaults,
  ...secrets,
  ...accounts,
  ...settings,
  ...tokens,
  ...signIns,
  ...blobs,
];
