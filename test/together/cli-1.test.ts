import { playPart } from './parts.ts';

await playPart('cli', 1);
