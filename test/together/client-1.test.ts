import { playPart } from './parts.ts';

await playPart('client', 1);
