import { playPart } from './parts.ts';

await playPart('computing', 4);
