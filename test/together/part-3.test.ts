import { playPart } from './parts.ts';

await playPart(3);
