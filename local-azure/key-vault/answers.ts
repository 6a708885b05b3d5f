import { json } from '../arm/answers.ts';

/** Extra header of this provider (recorded). */
export const served = { 'x-ms-keyvault-service-version': '1.5.1455.0' };

export const answer = (body: unknown): Response => json(200, body, served);
