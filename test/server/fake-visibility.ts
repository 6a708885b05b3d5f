/** A Temporal server that can do one thing: count and list the workflows of a list that is held in memory, however long. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import vm from 'node:vm';
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import Long from 'long';

const { CountWorkflowExecutionsResponse, GetSystemInfoResponse, ListWorkflowExecutionsResponse } =
  proto.temporal.api.workflowservice.v1;
const { CountWorkflowExecutionsRequest, ListWorkflowExecutionsRequest } = proto.temporal.api.workflowservice.v1;

/** Its fields by the names of queries; times are milliseconds since 1970. */
export type Entry = { WorkflowId: string; ExecutionStatus?: string; WorkflowType?: string; CloseTime?: number } & {
  [attribute in `Ase${string}`]?: string | number;
};

/** A request that was answered, or was to be. */
export type Asked = { method: 'count' | 'list'; query: string };

export type FakeVisibility = {
  address: string;
  asked: Asked[];
  /** What it does with the requests that are meant, instead of answering. */
  disturb: (isMeant: (asked: Asked) => boolean, how: 'refuse' | 'hang') => void;
  close: () => Promise<void>;
};

const prefix = '/temporal.api.workflowservice.v1.WorkflowService/';
const invalidArgument = '3';

export const openFakeVisibility = async (entries: readonly Entry[]): Promise<FakeVisibility> => {
  const asked: Asked[] = [];
  const sessions = new Set<http2.Http2Session>();
  let disturbance: (asked: Asked) => 'refuse' | 'hang' | undefined = () => undefined;

  const note = (method: Asked['method'], query: string): 'refuse' | 'hang' | undefined => {
    asked.push({ method, query });
    return disturbance({ method, query });
  };
  const answers: Record<string, (body: Buffer) => Uint8Array | 'refuse' | 'hang'> = {
    GetSystemInfo: () => GetSystemInfoResponse.encode({ serverVersion: '1.32.0' }).finish(),
    CountWorkflowExecutions: (body) => {
      const { query } = CountWorkflowExecutionsRequest.decode(body);
      const count = Long.fromNumber(entries.filter(matching(query)).length);
      return note('count', query) ?? CountWorkflowExecutionsResponse.encode({ count }).finish();
    },
    ListWorkflowExecutions: (body) => {
      const { query, pageSize, nextPageToken } = ListWorkflowExecutionsRequest.decode(body);
      const from = Number(Buffer.from(nextPageToken).toString() || '0');
      const found = entries.filter(matching(query));
      const to = from + pageSize;
      const page = ListWorkflowExecutionsResponse.encode({
        executions: found.slice(from, to).map(executionOf),
        nextPageToken: Buffer.from(to < found.length ? String(to) : ''),
      });
      return note('list', query) ?? page.finish();
    },
  };

  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, { ':path': path = '' }) => {
    const parts: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const answer = answers[path.slice(prefix.length)]?.(messageIn(Buffer.concat(parts))) ?? 'refuse';
      if (answer === 'hang') return;
      const headers = { ':status': 200, 'content-type': 'application/grpc' };
      if (answer === 'refuse') {
        const refusal = { 'grpc-status': invalidArgument, 'grpc-message': 'no such search attribute' };
        return stream.respond({ ...headers, ...refusal }, { endStream: true });
      }
      const length = Buffer.alloc(5);
      length.writeUInt32BE(answer.length, 1);
      stream.respond(headers, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.concat([length, answer]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    disturb: (isMeant, how) => {
      disturbance = (each) => (isMeant(each) ? how : undefined);
    },
    close: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** After a byte that says whether it is compressed, and four that say its length. */
const messageIn = (body: Buffer): Buffer => (body[0] === 1 ? gunzipSync(body.subarray(5)) : body.subarray(5));

const words: Record<string, string> = { AND: '&&', OR: '||', NOT: '!' };

/** The little of Temporal's language of queries that gauges use. */
const matching = (query: string): ((entry: Entry) => boolean) => {
  const script = query
    .replaceAll(/(\w+) IN \(([^)]*)\)/g, '[$2].includes(entry.$1)')
    .replaceAll(/(\w+) IS NOT NULL/g, 'entry.$1 !== undefined')
    .replaceAll(/(\w+) (=|>|<=) '([^']*)'/g, (_, name: string, operator: string, text: string) =>
      operator === '=' ? `entry.${name} === '${text}'` : `entry.${name} ${operator} ${Date.parse(text)}`,
    )
    .replaceAll(/\b(AND|OR|NOT)\b/g, (word) => words[word] ?? word);
  return vm.runInNewContext(`(entry) => ${script}`) as (entry: Entry) => boolean;
};

const executionOf = ({ WorkflowId, WorkflowType = 'generateActivationKey', ...entry }: Entry) => ({
  execution: { workflowId: WorkflowId, runId: `${WorkflowId}-run` },
  type: { name: WorkflowType },
  status: 1,
  startTime: { seconds: Long.ZERO },
  searchAttributes: {
    indexedFields: Object.fromEntries(
      Object.entries(entry)
        .filter(([name]) => name.startsWith('Ase'))
        .map(([name, value]) => [name, payloadOf(value)]),
    ),
  },
});

const payloadOf = (value: string | number | undefined) => ({
  metadata: {
    encoding: Buffer.from('json/plain'),
    type: Buffer.from(typeof value === 'number' ? 'Datetime' : 'Keyword'),
  },
  data: Buffer.from(JSON.stringify(typeof value === 'number' ? new Date(value).toISOString() : value)),
});
