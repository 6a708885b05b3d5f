/** What gRPC, by which Temporal is spoken to, says of a call that failed. */
import { isGrpcCancelledError, isGrpcDeadlineError, isGrpcServiceError, ServiceError } from '@temporalio/client';
import { AseError } from './errors.ts';

/** Status codes of gRPC that tell us something. */
export const codes = {
  /** How a deadline shows when the server notices it first. */
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** Also of what has become an error of ours. */
export const grpcCode = (error: unknown): number | undefined => {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError || error instanceof AseError ? grpcCode(error.cause) : undefined;
};

/** Whichever of the two has noticed the deadline first, the client or the server. */
export const isTimeUp = (error: unknown): boolean => isGrpcDeadlineError(error) || isGrpcCancelledError(error);
