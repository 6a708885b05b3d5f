/** Where the logs of a resource go. */
export type DiagnosticSetting = {
  name: string;
  /** The folded id of the resource. */
  resource: string;
  storageAccountId: string | null;
  workspaceId: string | null;
  eventHubAuthorizationRuleId: string | null;
  eventHubName: string | null;
  logs: LogSetting[];
  metrics: MetricSetting[];
  logAnalyticsDestinationType: string | null;
  /** From here on it shows what it leaves out, too. Milliseconds. */
  completeFrom: number;
};

/** The retention was given up by Azure: it is kept and means nothing (documented). */
export type Switched = { enabled: boolean; retentionPolicy: { enabled: boolean; days: number } };
export type LogSetting = { category: string | null; categoryGroup: string | null } & Switched;
export type MetricSetting = { category: string } & Switched;
